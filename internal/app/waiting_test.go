package app_test

import (
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// TestOnlyAsksThatWaitStayOpen: after a turn was taken up again, asks of a process that has died would wait for ever.
func TestOnlyAsksThatWaitStayOpen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, l := h.claimed()
		ask := func(id string) session.Ask {
			return session.Ask{SourceID: id, Kind: session.Approval, Permission: "bash", Patterns: []string{id}}
		}
		ok(t, h.app.Work.Record(t.Context(), l, session.Batch{Asks: []session.Ask{ask("per_1"), ask("per_2")}}))
		ok(t, h.app.Work.Record(t.Context(), l, session.Batch{Waiting: []string{"per_2"}}))
		h.wantGone(v.ID, true, false)
		ok(t, h.app.Work.Record(t.Context(), l, session.Batch{Waiting: []string{}, Asks: []session.Ask{ask("per_3")}}))
		h.wantGone(v.ID, true, true, false)
	})
}

// wantGone compares which of a session's asks are gone, oldest first.
func (h *house) wantGone(id session.ID, want ...bool) {
	h.t.Helper()
	asks, err := h.app.Work.Asks(h.t.Context(), h.member, id)
	ok(h.t, err)
	if len(asks) != len(want) {
		h.t.Fatalf("there are %d asks, want %d", len(asks), len(want))
	}
	for i, a := range asks {
		if a.Gone != want[i] {
			h.t.Errorf("ask %s: gone is %v, want %v", a.SourceID, a.Gone, want[i])
		}
	}
}
