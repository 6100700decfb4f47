package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

func TestOverviewAndFrameEqualTheRows(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.at(session.Failed) // yesterday
		h.clock.Advance(24 * time.Hour)
		for _, st := range session.Statuses() {
			h.at(st)
		}
		asking, l := h.claimed()
		h.asks(l, bash("per_1", "make test"))
		stopped, l2 := h.claimed()
		h.asks(l2, bash("per_1", "make test"))
		_, err := h.app.Work.StopSession(ctx, h.member, stopped.ID)
		ok(t, err)
		ok(t, h.app.Work.RecordCall(ctx, h.alpha.ID, finished(asking.ID, 7), messages("x")))
		ok(t, h.app.Work.DeleteSession(ctx, h.member, h.at(session.Cancelled).ID))
		ok(t, h.d.Update(ctx, h.alpha.ID, func(s *dbkernel.Scope) error {
			return dbwork.On(s).SetLimits(ctx, tenant.Limits{MaxConcurrent: 3, MaxQueued: 500})
		}))
		queued, err := h.app.Work.CreateSession(ctx, h.member, wanted(), true)
		ok(t, err)

		rows := map[session.Status]int64{}
		for _, st := range dbtest.Rows(t, h.d, `SELECT status FROM sessions WHERE deleted_at IS NULL`) {
			rows[session.Status(st)]++
		}
		o, err := h.app.Work.Overview(ctx, h.viewer)
		ok(t, err)
		f, err := h.app.Work.Frame(ctx, h.viewer)
		ok(t, err)
		for st, n := range o.Counts {
			if n != rows[st] || f.Counts[st] != n {
				t.Errorf("%s: %d on the overview, %d in the frame, %d rows", st, n, f.Counts[st], rows[st])
			}
		}
		if int64(o.Limits.Running) != rows[session.Running]+rows[session.Degraded] || int64(o.Limits.Ready) != rows[session.Queued] {
			t.Errorf("limits %+v, rows %v", o.Limits, rows)
		}
		if len(o.NeedsYou) != 1 || o.NeedsYou[0].Session.ID != asking.ID || f.Asks != 1 {
			t.Errorf("needs you: %+v, %d in the frame", o.NeedsYou, f.Asks)
		}
		for who, want := range map[tenant.Actor]int64{h.viewer: 0, h.lead: 1, h.member: 1, h.second: 0} {
			if f, err := h.app.Work.Frame(ctx, who); err != nil || f.NeedsYou != want || f.Asks != 1 {
				t.Errorf("%s can answer %d of %d, %v", who, f.NeedsYou, f.Asks, err)
			}
		}
		if int64(len(o.Active)) != rows[session.Running]+rows[session.Degraded] || int64(len(o.Waiting)) != rows[session.Queued]+rows[session.Paused] {
			t.Errorf("%d active, %d waiting, rows %v", len(o.Active), len(o.Waiting), rows)
		}
		today := map[session.Status]int64{}
		for st, n := range rows {
			if st.Finished() {
				today[st] = n
			}
		}
		today[session.Failed]-- // yesterday's
		for st, n := range o.EndedTodayCounts {
			if n != today[st] {
				t.Errorf("%s: %d ended today, %d rows", st, n, today[st])
			}
		}
		if int64(len(o.Troubled)) != rows[session.Failed]+rows[session.Timeout]+rows[session.Orphaned] {
			t.Errorf("%d troubled, rows %v", len(o.Troubled), rows)
		}
		if f.Budget.Used.Tokens != counts.Weighted() || len(f.Teams) != 1 || f.Teams[0].Tenant.Slug != "alpha" {
			t.Errorf("frame: %d tokens, teams %+v", f.Budget.Used.Tokens, f.Teams)
		}
		if q := o.WaitingQueue[queued.ID]; q.Position != 1 || !strings.Contains(q.Reason, "of 3 in use") {
			t.Errorf("queue: %+v", q)
		}
		theirs, err := h.app.Work.Overview(ctx, h.stranger)
		if ok(t, err); len(theirs.Active)+len(theirs.Waiting)+len(theirs.NeedsYou)+len(theirs.EndedToday)+len(theirs.Days) != 0 || theirs.Counts[session.Running] != 0 {
			t.Errorf("another team's overview: %+v", theirs)
		}
		total, err := h.app.Console.Totals(ctx)
		if ok(t, err); total.Sessions[session.Running] != rows[session.Running] {
			t.Errorf("totals: %v", total.Sessions)
		}
	})
}

func TestHundredStartsOnAQuotaOfTen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		errs := make(chan error, 100)
		for range cap(errs) {
			go func() { _, err := h.app.Work.CreateSession(ctx, h.member, wanted(), true); errs <- err }()
		}
		for range cap(errs) {
			ok(t, <-errs)
		}
		done := make(chan error, 8)
		for range cap(done) {
			go func() {
				done <- h.d.System(ctx, func(s *dbkernel.System) error {
					_, err := dbwork.Across(s).Claim(ctx, dbwork.ClaimSpec{Owner: "here", Now: h.clock.Now(), Until: h.clock.Now(), HostRoom: 100, Limit: 100})
					return err
				})
			}()
		}
		for range cap(done) {
			ok(t, <-done)
		}
		h.claims(100)
		if c := h.counts(); c[session.Running] != 10 || c[session.Queued] != 90 {
			t.Errorf("counts: %v", c)
		}
		// A slot that is freed is filled, and never more than that.
		p, err := h.app.Work.Sessions(ctx, h.lead, session.Filter{Statuses: []session.Status{session.Running}})
		ok(t, err)
		_, err = h.app.Work.StopSession(ctx, h.lead, p.Items[0].ID)
		ok(t, err)
		if got := h.claims(100); len(got) != 1 || h.counts()[session.Running] != 10 {
			t.Errorf("claimed %d, counts %v", len(got), h.counts())
		}
	})
}

func TestTeamsTakeTurns(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		for _, by := range []tenant.Actor{h.member, h.member, h.member, h.member, h.stranger, h.stranger} {
			_, err := h.app.Work.CreateSession(ctx, by, wanted(), true)
			ok(t, err)
		}
		var order []string
		for range 6 {
			h.clock.Advance(time.Second)
			for _, c := range h.claims(1) {
				order = append(order, c.Tenant.Slug)
			}
		}
		first, second := order[0], order[1]
		if first == second || !cmp.Equal(order[2:4], []string{first, second}) || !cmp.Equal(order[4:], []string{"alpha", "alpha"}) {
			t.Errorf("order: %v", order)
		}
	})
}

func TestListsAreCheckedAndTheTeamsOwn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v := h.draft()
		for name, f := range map[string]session.Filter{"a status that is none": {Statuses: []session.Status{"gone"}}, "a cursor that is none": {Before: "x"}, "another": {After: "x'--"}} {
			_, err := h.app.Work.Sessions(ctx, h.viewer, f)
			refused(t, name, err, fault.Invalid)
		}
		p, err := h.app.Work.Sessions(ctx, h.viewer, session.Filter{Limit: 100_000})
		if ok(t, err); len(p.Items) != 1 || p.Items[0].ID != v.ID {
			t.Errorf("page: %+v", p)
		}
		for who, by := range map[string]tenant.Actor{"admin": h.admin, "nobody": h.nobody} {
			_, err := h.app.Work.Sessions(ctx, by, session.Filter{})
			refused(t, who, err, fault.Forbidden)
			_, err = h.app.Work.Overview(ctx, by)
			refused(t, who, err, fault.Forbidden)
		}
		p, err = h.app.Work.Sessions(ctx, h.stranger, session.Filter{Query: session.Short(v.ID)})
		if ok(t, err); len(p.Items) != 0 {
			t.Errorf("a stranger found %+v", p.Items)
		}
		last, err := h.app.Work.LastChange(ctx, h.viewer)
		ok(t, err)
		cs, err := h.app.Work.Changes(ctx, h.viewer, 0, 100)
		if ok(t, err); int64(len(cs)) != last || cs[0].Session != v.ID {
			t.Errorf("changes %+v, last %d", cs, last)
		}
	})
}
