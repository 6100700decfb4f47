package turn

import (
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// place is the conversation and the call that an ask belongs to. Call is "message/call", "/call" if the message is unknown, or empty.
type place struct{ of, call string }

func placeOf(of string, call *wire.AskedCall) place {
	if call == nil {
		return place{of: of}
	}
	return place{of, call.MessageID + "/" + call.CallID}
}

// isRejectedWithAnother reports whether OpenCode itself rejected an ask: it rejects all asks of a conversation together. The caller
// holds mu.
func (t *transcript) isRejectedWithAnother(id string, reply session.Reply) bool {
	return reply == session.Reject && t.hasRejected(t.places[id].of)
}

// hasRejected reports whether an ask of a conversation was rejected through us in this turn.
func (t *transcript) hasRejected(of string) bool {
	for _, id := range t.outbox.rejections() {
		if t.places[id].of == of {
			return true
		}
	}
	return false
}

// isGoneWithRun reports whether an ask that OpenCode no longer has went with its run, or was rejected together with another. One whose
// call was never seen may have. The caller holds mu.
func (t *transcript) isGoneWithRun(p place) bool {
	key, status := t.callAt(p)
	message, _, _ := strings.Cut(key, "/")
	return status == "" && p.call != "" || status == aborted || isAborted(t.messages[message]) || isAborted(t.answer) || t.hasRejected(p.of)
}

func isAborted(m wire.Message) bool { return m.Error != nil && m.Error.Name == wire.AbortedError }

// callAt finds the call of an ask and its status. The caller holds mu.
func (t *transcript) callAt(p place) (key, status string) {
	if s := t.calls[p.call]; s != "" || !strings.HasPrefix(p.call, "/") {
		return p.call, s
	}
	for key, status := range t.calls {
		if strings.HasSuffix(key, p.call) {
			return key, status
		}
	}
	return "", ""
}

// keepEarlier notes the open asks of earlier turns that the same process asked: those of another ended with it.
func (t *transcript) keepEarlier(asks []session.Ask, started time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range asks {
		if a.AskedAt.After(started) && a.CallID != "" {
			t.earlier = append(t.earlier, a)
		}
	}
}

// compareEarlier raises an alarm, once, for each ask of an earlier turn that was answered while nobody watched the process. listed has
// the asks that OpenCode still has. The caller holds mu.
func (t *transcript) compareEarlier(listed map[string]bool) {
	for _, a := range t.earlier {
		if _, ok := listed[a.SourceID]; !ok && !t.isGoneWithRun(place{t.conversation, "/" + a.CallID}) {
			t.report.raiseAlarm(session.Vanished{SourceID: a.SourceID})
		}
	}
	t.earlier = nil
}
