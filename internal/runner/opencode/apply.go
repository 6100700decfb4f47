package opencode

import (
	"context"
	"encoding/json"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
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

// apply takes an item of the stream. A number left out means that the stream lost something, which the history still has.
func (t *turn) apply(ctx context.Context, i item) error {
	p := i.event.Payload
	if p.Sync == nil {
		t.hear(i.of, p)
		return nil
	}
	e := entry{i.of, int64(p.Sync.Seq), p.Sync.Type, p.Sync.Data, true}
	if e.seq > t.lastOf(e.of)+1 {
		if err := t.replay(ctx); err != nil {
			return err
		}
	}
	t.enter(e)
	return nil
}

// lastOf is the number applied last; −1 before the first.
func (t *turn) lastOf(conversation string) int64 {
	if last, ok := t.last[conversation]; ok {
		return last
	}
	return -1
}

// enter applies an entry once.
func (t *turn) enter(e entry) {
	if e.seq <= t.lastOf(e.of) {
		return
	}
	t.last[e.of] = e.seq
	if t.pending.Cursor == nil {
		t.pending.Cursor = map[string]int64{}
	}
	t.pending.Cursor[e.of] = e.seq
	t.applying = &e
	if !t.known(e) {
		t.r.unknown.add(e.kind)
		t.say(e, "", time.Time{}, event.AgentRaw, raw(e.kind, e.data))
	}
	t.applying = nil
}

// known maps an entry; false means that its type or form is none we know.
func (t *turn) known(e entry) bool {
	base, ok := baseType(e.kind)
	if decisions[base] == ignored {
		return true
	}
	if !ok {
		return false
	}
	switch base {
	case "session.created", "session.updated":
		t.srv.learnFrom(e.kind, e.data)
	case "session.deleted":
		t.orphan = t.orphan || e.of == t.conversation
	case "message.updated":
		d, ok := read[messageData](e.data)
		return ok && t.message(e, d.Info)
	case "message.part.updated":
		d, ok := read[partData](e.data)
		return ok && t.part(e, d)
	case "message.removed":
		d, ok := read[removedData](e.data)
		delete(t.messages, d.MessageID)
		return ok
	case "message.part.removed":
		d, ok := read[removedData](e.data)
		delete(t.growing, d.PartID)
		return ok
	default:
		return false
	}
	return true
}

func read[T any](data json.RawMessage) (v T, ok bool) {
	err := json.Unmarshal(data, &v)
	return v, err == nil
}

// say puts an event into the batch. What names it within its conversation, when that may come again under another number;
// an empty name is the number.
func (t *turn) say(e entry, what string, at time.Time, kind event.Type, data any) {
	ev := event.New(kind, event.Actor{Kind: "agent"}, data)
	if what == "" {
		what = itoa(e.seq)
	}
	ev.SourceKey, ev.At = e.of+":"+what, at
	t.pending.Events = append(t.pending.Events, ev)
}

// message keeps what a message is now, and tells its error once.
func (t *turn) message(e entry, m messageInfo) bool {
	t.messages[m.ID] = m
	if e.of == t.conversation {
		t.newer(m)
	}
	told := m.ID + ":error"
	if m.Error == nil || m.Error.Name == abortedError || t.statuses[told] != "" {
		return true
	}
	t.statuses[told] = "told"
	t.say(e, told, time.Time{}, event.AgentError, m.Error.event())
	return true
}

// newer notes the newest message, the newest answer, and that a person's message has arrived.
func (t *turn) newer(m messageInfo) {
	t.mu.Lock()
	t.newest = max(t.newest, m.ID)
	t.mu.Unlock()
	switch {
	case m.Role == "user":
		t.taken(m.ID)
	case m.ID >= t.assistant.ID:
		t.assistant = m
	}
}

// child names a sub-agent's conversation; the session's own has no name.
func (t *turn) child(conversation string) string {
	if conversation == t.conversation {
		return ""
	}
	return conversation
}

// part maps a piece of a message.
func (t *turn) part(e entry, d partData) bool {
	p := d.Part
	m := t.messages[p.MessageID]
	if m.Role == "user" {
		t.keepText(p)
		return true
	}
	t.goesOn()
	at := stamp(d.Time)
	switch p.Type {
	case "text", "reasoning":
		t.text(e, p, m, at)
	case "tool":
		t.tool(e, p, at)
	case "step-finish":
		t.say(e, "", at, event.AgentUsage, p.usage())
	case "patch":
		t.say(e, "", at, event.AgentPatch, p.patch())
	default:
		if _, known := partDecisions[p.Type]; !known {
			t.r.unknown.add("part " + p.Type)
			t.say(e, "", at, event.AgentRaw, raw(e.kind, e.data))
		}
	}
	return true
}

// keepText remembers what a person's message says, which is needed to tell it again.
func (t *turn) keepText(p part) {
	if p.Type != "text" {
		return
	}
	for i, had := range t.texts[p.MessageID] {
		if had.ID == p.ID {
			t.texts[p.MessageID][i] = p
			return
		}
	}
	t.texts[p.MessageID] = append(t.texts[p.MessageID], p)
}

// text tells a finished text, and lets an unfinished one grow.
func (t *turn) text(e entry, p part, m messageInfo, at time.Time) {
	finished := p.Time != nil && p.Time.End > 0 || p.Time == nil && m.ID != ""
	if !finished {
		t.grow(e, p)
		return
	}
	g := t.growing[p.ID]
	delete(t.growing, p.ID)
	if p.Text == "" && (g == nil || g.text.Len() == 0) {
		return
	}
	kind := event.AgentMessage
	switch {
	case p.Type == "reasoning":
		kind = event.AgentReasoning
	case m.isSummary():
		kind = event.AgentCompaction
	}
	t.say(e, "", at, kind, p.said(m, t.child(e.of)))
}

// tool tells each status of a call once, and the list that todowrite made.
func (t *turn) tool(e entry, p part, at time.Time) {
	if p.State == nil {
		return
	}
	s := p.State.Status
	t.calls[p.MessageID+"/"+p.CallID] = s
	t.noteRefusal(p)
	t.growOutput(e, p)
	if t.statuses[p.ID] == s {
		return
	}
	t.statuses[p.ID] = s
	t.say(e, p.ID+":"+s, at, event.AgentTool, p.tool(t.child(e.of)))
	if s == "running" {
		t.pending.Doing = p.doing()
	}
	if items, ok := p.todos(); ok && s == "completed" && e.of == t.conversation {
		t.say(e, p.ID+":todo", at, event.AgentTodo, event.Todo{Items: items})
	}
}

// noteRefusal notes that a person refused what a message asked, after which the agent stops where it stands.
func (t *turn) noteRefusal(p part) {
	if p.SessionID == t.conversation && p.refused() {
		t.refused = p.MessageID
	}
}
