package turn

import (
	"maps"
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

func permissionAsk(a wire.PermissionAsk) session.Ask {
	return session.Ask{SourceID: a.ID, Kind: session.Approval, Permission: text.Clean(a.Permission), Patterns: cleanAll(a.Patterns),
		Always: cleanAll(a.Always), Metadata: cleanJSON(a.Metadata), CallID: callOf(a.Tool)}
}

func questionAsk(a wire.QuestionAsk) session.Ask {
	return session.Ask{SourceID: a.ID, Kind: session.Question, Questions: cleanJSON(a.Questions), CallID: callOf(a.Tool)}
}

// callOf is the id of the call that an ask holds up.
func callOf(call *wire.AskedCall) string {
	if call == nil {
		return ""
	}
	return text.Clean(call.CallID)
}

// addAsk reports an ask once: one that was answered through us can still be in a list that was read before. The caller holds mu.
func (t *transcript) addAsk(at place, a session.Ask) {
	if t.asks[a.SourceID] || t.outbox.isReplied(a.SourceID) {
		return
	}
	t.asks[a.SourceID], t.places[a.SourceID] = true, at
	t.report.addAsk(a)
}

// removeAsk reports that an ask no longer waits because it was answered, unless the answer went through us. An answer of
// somebody else raises an alarm. The caller holds mu.
func (t *transcript) removeAsk(id string, reply session.Reply) {
	if !t.asks[id] {
		return
	}
	delete(t.asks, id)
	switch {
	case t.outbox.isReplied(id):
	case t.outbox.isClosed(): // we abort the run
		t.report.withdrawAsk(id)
	case reply != "" && !t.isRejectedWithAnother(id, reply), reply == "" && !t.isGoneWithRun(t.places[id]):
		t.report.raiseAlarm(session.Vanished{SourceID: id, Reply: reply})
	default:
		t.report.withdrawAsk(id)
	}
}

// dropAsk reports that an ask no longer waits because its run ended. The caller holds mu.
func (t *transcript) dropAsk(id string) {
	delete(t.asks, id)
	if !t.outbox.isReplied(id) {
		t.report.withdrawAsk(id)
	}
}

// compareAsks compares the open asks with those that wait at OpenCode.
func (t *transcript) compareAsks(ps []wire.PermissionAsk, qs []wire.QuestionAsk, statuses map[string]wire.Status) {
	t.mu.Lock()
	defer t.mu.Unlock()
	waiting := map[string]bool{}
	for _, p := range ps {
		if waiting[p.ID] = t.isWaiting(p.SessionID, p.Tool, statuses); waiting[p.ID] {
			t.addAsk(placeOf(p.SessionID, p.Tool), permissionAsk(p))
		}
	}
	for _, q := range qs {
		if waiting[q.ID] = t.isWaiting(q.SessionID, q.Tool, statuses); waiting[q.ID] {
			t.addAsk(placeOf(q.SessionID, q.Tool), questionAsk(q))
		}
	}
	for id := range t.asks {
		still, listed := waiting[id]
		switch {
		case still:
		case listed: // OpenCode keeps the asks of aborted runs
			t.dropAsk(id)
		default:
			t.removeAsk(id, "")
		}
	}
	t.compareEarlier(waiting)
	t.reportWaiting()
}

// reportWaiting reports once which asks wait: those of a turn whose process has died do not, and only OpenCode can know.
func (t *transcript) reportWaiting() {
	if t.waitingReported {
		return
	}
	t.waitingReported = true
	t.report.setWaiting(slices.Collect(maps.Keys(t.asks)))
}

// isWaiting reports whether an ask is ours and somebody waits for its answer: OpenCode keeps the asks of aborted runs. The
// caller holds mu.
func (t *transcript) isWaiting(of string, call *wire.AskedCall, statuses map[string]wire.Status) bool {
	if _, busy := statuses[of]; !busy || !t.contains(of) {
		return false
	}
	if call == nil {
		return true
	}
	s := t.calls[call.MessageID+"/"+call.CallID]
	return s == "" || s == "pending" || s == "running"
}
