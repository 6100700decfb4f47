package turn

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// The caller of everything here holds the transcript's lock.

// applyMessage keeps what a message is now, and reports its error once.
func (t *transcript) applyMessage(e entry, m wire.Message) bool {
	t.keepMessage(e.of, m)
	key := m.ID + ":error"
	if m.Error == nil || m.Error.Name == wire.AbortedError || t.statuses[key] != "" {
		return true
	}
	t.statuses[key] = "reported"
	t.report.add(e, key, time.Time{}, event.AgentError, errorEvent(*m.Error))
	return true
}

// keepMessage keeps a message; of our own conversation it also notes the newest one, the newest answer, and that a person's
// message has arrived.
func (t *transcript) keepMessage(of string, m wire.Message) {
	t.messages[m.ID] = m
	if of != t.conversation {
		return
	}
	t.outbox.noteMessage(m.ID)
	switch {
	case m.Role == "user":
		t.report.noteSent(t.outbox.confirm(m.ID)...)
	case m.ID >= t.answer.ID:
		t.answer = m
	}
}

// childName names a sub-agent's conversation; the session's own has no name.
func (t *transcript) childName(conversation string) string {
	if conversation == t.conversation {
		return ""
	}
	return conversation
}

// applyPart maps a piece of a message.
func (t *transcript) applyPart(e entry, d wire.PartChanged) bool {
	p := d.Part
	m := t.messages[p.MessageID]
	if m.Role == "user" {
		t.keepText(p)
		return true
	}
	t.clearTrouble()
	at := stamp(d.Time)
	switch p.Type {
	case "text", "reasoning":
		t.applyText(e, p, m, at)
	case "tool":
		t.applyTool(e, p, at)
	case "step-finish":
		t.report.add(e, "", at, event.AgentUsage, usageEvent(p))
	case "patch":
		t.report.add(e, "", at, event.AgentPatch, patchEvent(p))
	default:
		if !wire.KnowsPart(p.Type) {
			t.unknown.Add("part " + p.Type)
			t.report.add(e, "", at, event.AgentRaw, raw(e.kind, e.data))
		}
	}
	return true
}

// keepText remembers the text of a person's message, which is needed to send it again.
func (t *transcript) keepText(p wire.Part) {
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

// applyText reports a finished text, and lets an unfinished one grow.
func (t *transcript) applyText(e entry, p wire.Part, m wire.Message, at time.Time) {
	finished := p.Time != nil && p.Time.End > 0 || p.Time == nil && m.ID != ""
	if !finished {
		if e.of == t.conversation { // a sub-agent's is shown when it is finished: a part cannot say whose it is
			t.report.startText(p, !e.live)
		}
		return
	}
	if grew := t.report.dropText(p.ID); p.Text == "" && !grew {
		return
	}
	kind := event.AgentMessage
	switch {
	case p.Type == "reasoning":
		kind = event.AgentReasoning
	case m.IsSummary():
		kind = event.AgentCompaction
	}
	t.report.add(e, "", at, kind, textEvent(p, m, t.childName(e.of)))
}

// applyTool reports each status of a call once, and the list that todowrite made.
func (t *transcript) applyTool(e entry, p wire.Part, at time.Time) {
	if p.State == nil {
		return
	}
	s := p.State.Status
	t.noteCall(p)
	if e.of == t.conversation {
		t.report.showOutput(p)
	}
	if t.statuses[p.ID] == s {
		return
	}
	t.statuses[p.ID] = s
	t.report.add(e, p.ID+":"+s, at, event.AgentTool, toolEvent(p, t.childName(e.of)))
	if s == "running" {
		t.report.setDoing(doingOf(p))
	}
	if items, ok := todosOf(p); ok && s == "completed" && e.of == t.conversation {
		t.report.add(e, p.ID+":todo", at, event.AgentTodo, event.Todo{Items: items})
	}
}

// noteCall keeps the status of a call, and whether a person refused it, after which the agent stops where it stands.
func (t *transcript) noteCall(p wire.Part) {
	key := p.MessageID + "/" + p.CallID
	t.calls[key] = p.State.Status
	if wasAborted(p) {
		t.calls[key] = aborted
	}
	if p.SessionID == t.conversation && isRefusedByPerson(p) {
		t.refused = p.MessageID
	}
}
