package app_test

import (
	"slices"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// TestAnAnswerFromElsewhereRaisesAnAlarm: an approval that the agent got an answer to, but not from a person or a grant here, is in the
// session's events and in the audit log, once.
func TestAnAnswerFromElsewhereRaisesAnAlarm(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, l := h.claimed()
		record := func(b session.Batch) { t.Helper(); ok(t, h.app.Work.Record(t.Context(), l, b)) }
		vanished := func(id string, r session.Reply) session.Batch {
			return session.Batch{Gone: []string{id}, Vanished: []session.Vanished{{SourceID: id, Reply: r}}}
		}
		answer := func(i int, r session.Reply) {
			asks, err := h.app.Work.Asks(t.Context(), h.member, v.ID)
			ok(t, err)
			ok(t, h.app.Work.AnswerAsk(t.Context(), h.member, v.ID, asks[i].ID, appwork.Answer{Reply: r}))
		}
		ask := func(id string) session.Ask {
			return session.Ask{SourceID: id, Kind: session.Approval, Permission: "bash", Patterns: []string{"rm " + id}}
		}
		record(session.Batch{Asks: []session.Ask{ask("per_1"), ask("per_2"), ask("per_3"), ask("per_4")}})
		record(vanished("per_1", session.Once))
		record(vanished("per_1", session.Once)) // a batch may be sent twice
		answer(1, session.Reject)
		record(vanished("per_2", session.Once)) // a person said no, and the agent heard yes
		answer(2, session.Once)
		record(vanished("per_3", session.Once)) // the answer was sent, and the connection broke before it was noted
		record(session.Batch{Gone: []string{"per_4"}})
		record(vanished("per_4", ""))
		quick := vanished("per_5", session.Once) // asked and answered before it was recorded
		quick.Asks = []session.Ask{ask("per_5")}
		record(quick)
		record(vanished("per_6", session.Once)) // never heard of

		var alarms []string
		for _, e := range h.log(v) {
			if e.Type == event.SessionAlarm {
				a := event.Decode[event.Alarm](e)
				alarms = append(alarms, a.Code+" "+a.Permission+" "+a.Patterns[0]+" "+a.Reply)
			}
		}
		want := []string{"approval_vanished bash rm per_1 once", "approval_vanished bash rm per_2 once", "approval_vanished bash rm per_5 once"}
		if !slices.Equal(alarms, want) {
			t.Errorf("alarms: %q", alarms)
		}
		if rows := dbtest.Rows(t, h.d, `SELECT detail FROM audit WHERE verb = 'raise_alarm' ORDER BY detail`); len(rows) != 3 {
			t.Errorf("the audit log has %q", rows)
		}
		h.wantGone(v.ID, true, false, false, true, true)
	})
}
