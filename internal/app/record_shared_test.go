package app_test

import (
	"fmt"
	"sync"
	"testing"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// TestReportsThatShareATransaction come from several sessions at once, each of them twice, with lost leases among them.
func TestReportsThatShareATransaction(t *testing.T) {
	const sessions, reports = 4, 12
	each(t, func(t *testing.T, h *house) {
		var all []appwork.Lease
		for range sessions {
			_, l := h.claimed()
			all = append(all, l)
		}
		var wg sync.WaitGroup
		for _, l := range all {
			stale := l
			stale.Token = "here/x"
			for n := range reports {
				for range 2 {
					wg.Go(func() { ok(t, h.app.Work.Record(t.Context(), l, said(n))) })
				}
				wg.Go(func() { refused(t, "a lost lease", h.app.Work.Record(t.Context(), stale, said(n)), fault.Conflict) })
			}
		}
		wg.Wait()
		for _, l := range all {
			h.numbered(l, reports)
		}
	})
}

// said is a report of two new events, which a runner may send again.
func said(n int) session.Batch {
	var es []event.Event
	for _, part := range []string{"a", "b"} {
		e := event.New(event.AgentMessage, event.Actor{}, event.Text{PartID: part, Text: fmt.Sprint(n)})
		e.SourceKey = fmt.Sprintf("%d%s", n, part)
		es = append(es, e)
	}
	return session.Batch{Events: es, Cursor: map[string]int64{"ses_1": int64(n)}}
}

// numbered checks that each report is in the log once and that the numbers have no gap.
func (h *house) numbered(l appwork.Lease, reports int) {
	h.t.Helper()
	texts := map[string]int{}
	for i, e := range h.log(session.Session{ID: l.Session, Tenant: l.Tenant}) {
		if e.Seq != int64(i+1) {
			h.t.Fatalf("event %d has the number %d", i+1, e.Seq)
		}
		if e.Type == event.AgentMessage {
			texts[event.Decode[event.Text](e).Text]++
			if e.Actor.Kind != "agent" || e.At.IsZero() {
				h.t.Errorf("event %+v", e)
			}
		}
	}
	for n := range reports {
		if texts[fmt.Sprint(n)] != 2 {
			h.t.Errorf("report %d stands %d times in the log, not twice", n, texts[fmt.Sprint(n)])
		}
	}
}
