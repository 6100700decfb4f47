package turn

import (
	"encoding/json"
	"maps"
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// entry is one event of the durable log: number seq of a conversation.
type entry struct {
	of   string
	seq  int64
	kind string
	data json.RawMessage
	// live is true when it came by the stream, so that no text after it is missing.
	live bool
}

// transcript is what was applied: the conversation as its events describe it. It adds news to the report, confirms the prompts
// of the outbox and updates the verdict. It is safe for concurrent use; it locks before the other three do.
type transcript struct {
	unknown *wire.Counter
	report  *report
	outbox  *outbox
	verdict *verdict
	family  *proc.Family // set before the first event

	mu           sync.Mutex
	conversation string
	last         map[string]int64        // conversation → last sequence applied
	messages     map[string]wire.Message // of all its conversations
	answer       wire.Message            // the newest answer of the conversation itself
	asks         map[string]bool         // open at the agent
	places       map[string]place        // ask → where it was asked
	earlier      []session.Ask           // open asks of earlier turns
	statuses     map[string]string       // tool part → the status reported last
	calls        map[string]string       // message/call → its status
	texts        map[string][]wire.Part  // a person's message → its texts
	refused      string                  // the message whose call a person refused last
	troubled     bool
	// recollected is true once the messages of an earlier turn are read.
	recollected bool
	// waitingReported is true once it is reported which asks wait.
	waitingReported bool
	applying        *entry // the entry being applied, which a panic leaves here
}

func newTranscript(cursor map[string]int64, unknown *wire.Counter, r *report, o *outbox, v *verdict) *transcript {
	last := maps.Clone(cursor)
	if last == nil {
		last = map[string]int64{}
	}
	return &transcript{unknown: unknown, report: r, outbox: o, verdict: v, last: last, messages: map[string]wire.Message{}, asks: map[string]bool{}, places: map[string]place{},
		statuses: map[string]string{}, calls: map[string]string{}, texts: map[string][]wire.Part{}}
}

// open names the conversation.
func (t *transcript) open(conversation string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conversation = conversation
}

// openNew names a conversation that was just created; its creation is reported by Sink.Conversation.
func (t *transcript) openNew(conversation string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conversation = conversation
	t.last[conversation] = 0
}

func (t *transcript) conversationID() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.conversation
}

// contains reports whether a conversation is ours or belongs to one of our sub-agents.
func (t *transcript) contains(conversation string) bool {
	return t.family.Contains(t.conversation, conversation)
}

// lastOf is the number applied last; −1 before the first.
func (t *transcript) lastOf(conversation string) int64 {
	if last, ok := t.last[conversation]; ok {
		return last
	}
	return -1
}

// cursors are the numbers applied last, by conversation.
func (t *transcript) cursors() map[string]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.last)
}

// isGap reports whether the entry is not the next one of its conversation.
func (t *transcript) isGap(e entry) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return e.seq > t.lastOf(e.of)+1
}

// apply applies an entry once.
func (t *transcript) apply(e entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.seq <= t.lastOf(e.of) {
		return
	}
	t.last[e.of] = e.seq
	t.report.moveCursor(e.of, e.seq)
	t.applying = &e
	if !t.mapEntry(e) {
		t.unknown.Add(e.kind)
		t.report.add(e, "", time.Time{}, event.AgentRaw, raw(e.kind, e.data))
	}
	t.applying = nil
}

// keepPoison reports the entry whose application panicked as it came.
func (t *transcript) keepPoison() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.applying; e != nil {
		t.applying = nil
		t.report.add(*e, "", time.Time{}, event.AgentRaw, raw(e.kind, e.data))
	}
}

// mapEntry maps an entry; false means that its type or form is none we know.
func (t *transcript) mapEntry(e entry) bool {
	base, ok := wire.BaseType(e.kind)
	if d, _ := wire.DecisionOn(base); d == wire.Ignored {
		return true
	}
	if !ok {
		return false
	}
	switch base {
	case "session.created", "session.updated":
		t.family.ReadParent(e.kind, e.data)
	case "session.deleted":
		if e.of == t.conversation {
			t.verdict.setOrphaned()
		}
	case "message.updated":
		d, ok := wire.Decode[wire.MessageChanged](e.data)
		return ok && t.applyMessage(e, d.Info)
	case "message.part.updated":
		d, ok := wire.Decode[wire.PartChanged](e.data)
		return ok && t.applyPart(e, d)
	case "message.removed":
		d, ok := wire.Decode[wire.Removed](e.data)
		delete(t.messages, d.MessageID)
		return ok
	case "message.part.removed":
		d, ok := wire.Decode[wire.Removed](e.data)
		t.report.dropText(d.PartID)
		return ok
	default:
		return false
	}
	return true
}

// newestAnswer is the newest answer of the conversation itself.
func (t *transcript) newestAnswer() wire.Message {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.answer
}

// isConcluded reports whether the newest answer is an end. One that only called tools is none, unless a person refused a call.
func (t *transcript) isConcluded() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.answer
	if a.Error != nil {
		return true
	}
	if a.Finish == "tool-calls" {
		return t.refused == a.ID
	}
	return a.Time.Completed > 0 && a.Finish != "" && a.Finish != "unknown"
}

// messagesOfPeople are the IDs of the conversation's messages of people, by their random ends.
func (t *transcript) messagesOfPeople() map[string]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := map[string]string{}
	for id, m := range t.messages {
		if m.Role == "user" && m.SessionID == t.conversation {
			all[endOf(id)] = m.ID
		}
	}
	return all
}

// newestText is the newest message of a person that has a text, with its last text; nothing when there is none.
func (t *transcript) newestText() (id, part, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range t.messages {
		if m.Role == "user" && m.SessionID == t.conversation && len(t.texts[m.ID]) > 0 {
			id = max(id, m.ID)
		}
	}
	for _, p := range t.texts[id] {
		part, text = p.ID, p.Text
	}
	return id, part, text
}
