package opencode

import (
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// hear takes an event that OpenCode does not keep.
func (t *turn) hear(of string, p payload) {
	switch p.Type {
	case "message.part.delta":
		if d, ok := read[deltaData](p.Properties); ok {
			t.delta(d)
		}
	case "session.status":
		if d, ok := read[statusData](p.Properties); ok {
			t.status(of, d.Status)
		}
	case "session.idle":
		t.status(of, statusInfo{Type: "idle"})
	case "session.error":
		if d, ok := read[errorEventData](p.Properties); ok && of == t.conversation {
			t.failure = d.Error
		}
	case "permission.asked":
		if a, ok := read[permissionAsk](p.Properties); ok {
			t.asked(a.ask())
		}
	case "question.asked":
		if a, ok := read[questionAsk](p.Properties); ok {
			t.asked(a.ask())
		}
	case "permission.replied", "question.replied", "question.rejected":
		if d, ok := read[repliedData](p.Properties); ok {
			t.gone(d.RequestID)
		}
	default:
		t.strange(of, p)
	}
}

// strange keeps an event of a type we do not know.
func (t *turn) strange(of string, p payload) {
	if _, known := decisions[p.Type]; known {
		return
	}
	t.r.unknown.add(p.Type)
	t.say(entry{of: of}, p.ID, stamp(0), event.AgentRaw, raw(p.Type, p.Properties))
}

// status keeps whether the conversation works, and tells that a provider makes it wait.
func (t *turn) status(of string, s statusInfo) {
	own := of == t.conversation
	switch {
	case s.Type == "retry":
		t.retry(of, s)
	case s.Type == "busy" && own:
		t.failure = nil
	}
	if own {
		t.idle = s.Type == "idle"
	}
}

func (t *turn) retry(of string, s statusInfo) {
	next := stamp(float64(s.Next))
	t.say(entry{of: of}, "retry:"+itoa(s.Next), stamp(0), event.AgentRetry,
		event.Retry{Attempt: int(s.Attempt), Message: whole(s.Message), Next: next})
	why := session.Reason{Code: session.ModelUnavailable, Message: "The model does not answer; OpenCode asks it again. " + sentence(s.Message)}
	if limited(s.Message) {
		why = session.Reason{Code: session.ModelRateLimited, Message: "The model's provider limits the rate; OpenCode asks it again. " + sentence(s.Message)}
	}
	t.troubled = true
	t.pending.Trouble, t.pending.Doing = &why, "Waiting for the model"
}

// limited says whether a provider's words speak of too many requests; the status itself is not told.
func limited(message string) bool {
	message = strings.ToLower(message)
	return slices.ContainsFunc([]string{"rate limit", "ratelimit", "rate_limit", "too many requests", "429", "overloaded", "quota"},
		func(s string) bool { return strings.Contains(message, s) })
}

// goesOn clears the trouble: the model answers again.
func (t *turn) goesOn() {
	if t.troubled {
		t.troubled = false
		t.pending.Trouble = &session.Reason{}
	}
}

func (a permissionAsk) ask() session.Ask {
	return session.Ask{SourceID: a.ID, Kind: session.Approval, Permission: session.CleanText(a.Permission), Patterns: cleanAll(a.Patterns),
		Always: cleanAll(a.Always), Metadata: cleanJSON(a.Metadata)}
}

func (a questionAsk) ask() session.Ask {
	return session.Ask{SourceID: a.ID, Kind: session.Question, Questions: cleanJSON(a.Questions)}
}

func cleanAll(ss []string) []string {
	clean := make([]string, len(ss))
	for i, s := range ss {
		clean[i] = session.CleanText(s)
	}
	return clean
}

// asked tells an ask once.
func (t *turn) asked(a session.Ask) {
	if t.asks[a.SourceID] {
		return
	}
	t.asks[a.SourceID] = true
	t.pending.Asks = append(t.pending.Asks, a)
	t.pending.Doing = "Waiting for a permission"
	if a.Kind == session.Question {
		t.pending.Doing = "Waiting for an answer"
	}
}

// gone tells that an ask no longer waits, unless its answer went through us.
func (t *turn) gone(id string) {
	if !t.asks[id] {
		return
	}
	delete(t.asks, id)
	t.mu.Lock()
	ours := t.replied[id]
	t.mu.Unlock()
	untold := slices.IndexFunc(t.pending.Asks, func(a session.Ask) bool { return a.SourceID == id })
	switch {
	case ours:
	case untold >= 0:
		t.pending.Asks = slices.Delete(t.pending.Asks, untold, untold+1)
	default:
		t.pending.Gone = append(t.pending.Gone, id)
	}
}
