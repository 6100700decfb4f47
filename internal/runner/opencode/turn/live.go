package turn

import (
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// applyLive applies an event that OpenCode does not keep.
func (t *transcript) applyLive(of string, p wire.Payload) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch p.Type {
	case "message.part.delta":
		if d, ok := wire.Decode[wire.PartDelta](p.Properties); ok {
			t.clearTrouble()
			t.report.growText(d)
		}
	case "session.status":
		if d, ok := wire.Decode[wire.StatusChanged](p.Properties); ok {
			t.setStatus(of, d.Status)
		}
	case "session.idle":
		t.setStatus(of, wire.Status{Type: "idle"})
	case "session.error":
		if d, ok := wire.Decode[wire.FailureRaised](p.Properties); ok && of == t.conversation {
			t.verdict.setFailure(d.Error)
		}
	case "permission.asked", "question.asked", "permission.replied", "question.replied", "question.rejected":
		t.applyAsk(p)
	default:
		t.keepUnknown(of, p)
	}
}

func (t *transcript) applyAsk(p wire.Payload) {
	switch p.Type {
	case "permission.asked":
		if a, ok := wire.Decode[wire.PermissionAsk](p.Properties); ok {
			t.addAsk(placeOf(a.SessionID, a.Tool), permissionAsk(a))
		}
	case "question.asked":
		if a, ok := wire.Decode[wire.QuestionAsk](p.Properties); ok {
			t.addAsk(placeOf(a.SessionID, a.Tool), questionAsk(a))
		}
	default:
		if d, ok := wire.Decode[wire.AskReplied](p.Properties); ok {
			t.removeAsk(d.RequestID, session.Reply(d.Reply))
		}
	}
}

// keepUnknown reports an event of a type we do not know as it came.
func (t *transcript) keepUnknown(of string, p wire.Payload) {
	if _, known := wire.DecisionOn(p.Type); known {
		return
	}
	t.unknown.Add(p.Type)
	t.report.add(entry{of: of}, p.ID, stamp(0), event.AgentRaw, raw(p.Type, p.Properties))
}

// setOwnStatus keeps what our own conversation does now.
func (t *transcript) setOwnStatus(s wire.Status) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.setStatus(t.conversation, s)
}

// setStatus keeps whether the conversation works, and reports that a provider makes it wait. The caller holds mu.
func (t *transcript) setStatus(of string, s wire.Status) {
	own := of == t.conversation
	switch {
	case s.Type == "retry":
		t.reportRetry(of, s)
	case s.Type == "busy" && own:
		t.verdict.setFailure(nil)
	}
	if own {
		t.verdict.setIdle(s.Type == "idle")
	}
}

func (t *transcript) reportRetry(of string, s wire.Status) {
	next := stamp(float64(s.Next))
	t.report.add(entry{of: of}, "retry:"+itoa(s.Next), stamp(0), event.AgentRetry,
		event.Retry{Attempt: int(s.Attempt), Message: whole(s.Message), Next: next})
	why := session.Reason{Code: session.ModelUnavailable, Message: "The model did not respond; OpenCode is retrying. " + sentence(s.Message)}
	if isRateLimit(s.Message) {
		why = session.Reason{Code: session.ModelRateLimited, Message: "The model provider is limiting requests; OpenCode is retrying. " + sentence(s.Message)}
	}
	t.troubled = true
	t.report.setTrouble(why)
	t.report.setDoing("Waiting for the model")
}

// isRateLimit reports whether a provider's words are about too many requests; OpenCode does not pass its status on.
func isRateLimit(message string) bool {
	message = strings.ToLower(message)
	return slices.ContainsFunc([]string{"rate limit", "ratelimit", "rate_limit", "too many requests", "429", "overloaded", "quota"},
		func(s string) bool { return strings.Contains(message, s) })
}

// clearTrouble reports that the model answers again. The caller holds mu.
func (t *transcript) clearTrouble() {
	if t.troubled {
		t.troubled = false
		t.report.setTrouble(session.Reason{})
	}
}
