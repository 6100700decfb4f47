package app_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// Who is no admin reads none of the instance's figures and changes none of its settings.
func TestTheConsoleIsTheOperators(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for name, do := range map[string]func(ctx context.Context, by tenant.Actor) error{
			"usage": func(ctx context.Context, by tenant.Actor) error {
				_, _, err := h.app.Console.InstanceUsage(ctx, by, usage.ByTeam, usage.Range{From: dbtest.Now, To: dbtest.Now})
				return err
			},
			"its download": func(ctx context.Context, by tenant.Actor) error {
				return second(h.app.Console.ExportUsage(ctx, by, usage.Range{From: dbtest.Now, To: dbtest.Now}))
			},
			"queues": func(ctx context.Context, by tenant.Actor) error {
				_, _, err := h.app.Console.InstanceQueues(ctx, by)
				return err
			},
			"processes": func(ctx context.Context, by tenant.Actor) error {
				return second(h.app.Console.InstanceProcesses(ctx, by))
			},
			"jobs":   func(ctx context.Context, by tenant.Actor) error { return second(h.app.Console.Jobs(ctx, by)) },
			"health": func(ctx context.Context, by tenant.Actor) error { return second(h.app.Console.InstanceHealth(ctx, by)) },
			"prices": func(ctx context.Context, by tenant.Actor) error { return second(h.app.Models.Prices(ctx, by)) },
			"new prices": func(ctx context.Context, by tenant.Actor) error {
				return h.app.Models.AddPrice(ctx, by, instance.Price{Provider: "models", Model: "small"})
			},
			"retention": func(ctx context.Context, by tenant.Actor) error { return h.app.Console.SetKeep(ctx, by, "1", "1") },
		} {
			refused(t, name+" for a lead", do(t.Context(), h.lead), fault.Forbidden)
			ok(t, do(t.Context(), h.admin))
		}
		refused(t, "ending a process for a lead", h.app.Console.EndProcess(t.Context(), h.lead, h.alpha.ID, session.ID(id.New())), fault.Forbidden)
		refused(t, "ending a process that is not there", h.app.Console.EndProcess(t.Context(), h.admin, h.alpha.ID, session.ID(id.New())), fault.NotFound)
	})
}

// A range of usage has an order and a bound; its download names day, team, person and model, and nothing that was said.
func TestUsageIsTakenOutByDay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s, _ := h.claimed()
		now := h.clock.Now()
		ok(t, h.app.Work.RecordCall(t.Context(), h.alpha.ID, usage.Call{ID: "call-1", Session: string(s.ID), Provider: "models", Model: "=small", Cost: 7, Started: now,
			Counts: usage.Counts{Input: 10, CacheWriteShort: 1, CacheWriteLong: 2}}, [][]byte{[]byte("what was said")}))
		for name, r := range map[string]usage.Range{"backwards": {From: now, To: now.AddDate(0, 0, -1)}, "too long": {From: now.AddDate(-2, 0, 0), To: now}} {
			_, _, err := h.app.Console.InstanceUsage(t.Context(), h.admin, usage.ByDay, r)
			refused(t, "a range that is "+name, err, fault.Invalid)
		}
		write, err := h.app.Console.ExportUsage(t.Context(), h.admin, usage.Range{From: now.AddDate(0, 0, -1), To: now})
		ok(t, err)
		var out bytes.Buffer
		ok(t, write(t.Context(), &out))
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 2 || !strings.HasPrefix(lines[1], usage.Date(now)+",alpha,") || !strings.HasSuffix(lines[1], ",models/=small,1,10,0,0,0,3,7") {
			t.Errorf("the download is %q", lines)
		}
		if strings.Contains(out.String(), "what was said") {
			t.Error("the download tells what was said")
		}
	})
}

// The console gives the reason why a team's queue waits, and none for an empty queue.
func TestQueuesSayWhyTheyWait(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ok(t, second(h.app.Work.CreateSession(t.Context(), h.member, wanted(), true)))
		reason := func() string {
			qs, _, err := h.app.Console.InstanceQueues(t.Context(), h.admin)
			ok(t, err)
			i := slices.IndexFunc(qs, func(q instance.Queue) bool { return q.Slug == "alpha" })
			return qs[i].Reason
		}
		if got := reason(); got != "Starts in a moment." {
			t.Errorf("it waits because %q", got)
		}
		zero, none := 0, new(int64)
		ok(t, h.app.Console.SetQuota(t.Context(), appkernel.Operator(), h.alpha.ID, appconsole.Quota{MaxConcurrentSessions: &zero}))
		if got := reason(); got != "The team's limit is 0 running sessions. An admin can raise it." {
			t.Errorf("without a place it waits because %q", got)
		}
		ok(t, h.app.Console.SetQuota(t.Context(), appkernel.Operator(), h.alpha.ID, appconsole.Quota{Tokens: &none}))
		if got := reason(); !strings.HasPrefix(got, "Waiting for budget: ") {
			t.Errorf("without budget it waits because %q", got)
		}
	})
}

// The operator's price holds in every team from its time on: calls are charged by it and agents are told it. It cannot begin in the
// past, and what was charged keeps its price.
func TestTheOperatorsPriceHoldsFromItsTimeOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		own := h.priceOf()
		_, key := h.talking("ses_main")
		add := func(from time.Time, input int64) error {
			return h.app.Models.AddPrice(t.Context(), h.admin, instance.Price{Provider: "local", Model: "small", From: from, Price: usage.Price{Input: input}})
		}
		refused(t, "a price in the past", add(h.clock.Now().Add(-time.Minute), 5), fault.Invalid)
		ok(t, add(h.clock.Now().Add(time.Hour), 5))
		if got := h.priceOf(); got != own {
			t.Errorf("before its time the price is %+v, was %+v", got, own)
		}
		h.clock.Advance(time.Hour)
		if got := h.priceOf(); got != (usage.Price{Input: 5}) {
			t.Errorf("from its time on the price is %+v", got)
		}
		if adm, err := h.admits(key, "ses_main"); err != nil || adm.Model.Price != (usage.Price{Input: 5}) {
			t.Errorf("a call is charged at %+v, %v", adm.Model.Price, err)
		}
		refused(t, "a price in place of another", add(h.clock.Now(), 6), fault.Conflict)
	})
}

// priceOf returns the price in the agents' configuration of team alpha.
func (h *house) priceOf() usage.Price {
	h.t.Helper()
	ps, err := h.app.Models.TeamProviders(h.t.Context(), h.alpha.ID)
	ok(h.t, err)
	i := slices.IndexFunc(ps, func(p provider.Provider) bool { return p.Name == "local" })
	m, _ := ps[i].Model("small")
	return m.Price
}

// Retention obeys what is set by now; where model calls are not kept, nothing of what was said is stored.
func TestWhatIsNotKeptIsNotStored(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s, _ := h.claimed()
		for _, bad := range [][2]string{{"-1", "3"}, {"3", "soon"}, {"40000", "3"}} {
			refused(t, "keeping for "+bad[0]+" and "+bad[1], h.app.Console.SetKeep(t.Context(), h.admin, bad[0], bad[1]), fault.Invalid)
		}
		if k, err := h.app.Kernel.Keep(t.Context()); err != nil || k != instance.DefaultKeep() {
			t.Errorf("kept for %+v, %v", k, err)
		}
		ok(t, h.app.Console.SetKeep(t.Context(), h.admin, "0", "0"))
		ok(t, h.app.Work.RecordCall(t.Context(), h.alpha.ID, usage.Call{ID: "call-1", Session: string(s.ID), Provider: "models", Model: "small", Started: h.clock.Now(),
			Response: []byte(`{"text":"the answer"}`), Counts: usage.Counts{Input: 10}}, [][]byte{[]byte("the question")}))
		kept := strings.Join(dbtest.Rows(t, h.d, `SELECT request || response FROM model_calls UNION ALL SELECT body FROM model_blobs`), "")
		if strings.Contains(kept, "question") || strings.Contains(kept, "answer") {
			t.Errorf("it is stored: %s", kept)
		}
		if v, err := h.app.Work.Session(t.Context(), h.member, s.ID); err != nil || v.Tokens.Input != 10 {
			t.Errorf("the session used %+v, %v", v.Tokens, err)
		}
	})
}

// Ending a process calls the runner after the audit entries are written, and both logs have them.
func TestEndingAProcessIsWrittenDownBefore(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := h.at(session.Running)
		ok(t, h.app.Work.SaveProcess(t.Context(), h.alpha.ID, dbwork.Process{Session: v.ID, PID: 7, StartTime: "boot/1", Generation: "g", Version: "1.18.33", StartedAt: dbtest.Now}))
		before := h.entries()
		ok(t, h.app.Console.EndProcess(t.Context(), h.admin, h.alpha.ID, v.ID))
		if got := h.newEntries(before); !slices.Equal(got, []string{"end_process", "instance:end_process"}) {
			t.Errorf("wrote %q", got)
		}
		ps, err := h.app.Console.InstanceProcesses(t.Context(), h.admin)
		if ok(t, err); len(ps) != 1 || ps[0].Slug != "alpha" || ps[0].Session != v.ID || ps[0].Status != session.Running || ps[0].Alive {
			t.Errorf("processes: %+v", ps)
		}
	})
}

// Every light that is not good says why.
func TestHealthSaysWhy(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		checks, err := h.app.Console.InstanceHealth(t.Context(), h.admin)
		ok(t, err)
		if len(checks) < 5 {
			t.Errorf("only %d readings", len(checks))
		}
		for _, c := range checks {
			if c.Reading == "" || c.Light != instance.Good && c.Why == "" {
				t.Errorf("%+v", c)
			}
		}
	})
}

// The month's cost as charged, as agents say and by the price table; an operator's price comes before the team's own.
func TestTheTruthOfCost(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, l := h.claimed()
		c := finished(v.ID, 500)
		c.Started = h.clock.Now()
		ok(t, h.app.Work.RecordCall(t.Context(), h.alpha.ID, c, nil))
		e := event.New(event.AgentUsage, event.Actor{Kind: "agent"}, event.Usage{Input: 90, CostMicro: 480})
		e.SourceKey = "step-1"
		for range 2 {
			ok(t, h.app.Work.Record(t.Context(), l, session.Batch{Events: []event.Event{e}}))
		}
		own := h.priceOf().Cost(counts)
		got, err := h.app.Work.CompareCosts(t.Context(), h.viewer)
		if ok(t, err); got.Ours.Cost != 500 || got.Agent.Cost != 480 || got.Agent.Steps != 1 || got.Table != own || got.Unpriced != 0 {
			t.Errorf("%+v, own price makes %d", got, own)
		}
		ok(t, h.app.Models.AddPrice(t.Context(), h.admin, instance.Price{Provider: "local", Model: "small", Price: usage.Price{Input: 1_000_000_000}}))
		got, err = h.app.Work.CompareCosts(t.Context(), h.viewer)
		if ok(t, err); got.Table != 100_000 {
			t.Errorf("by the operator's price it is %d", got.Table)
		}
		if u, err := h.app.Work.AgentUsage(t.Context(), h.member, v.ID); err != nil || u.Cost != 480 {
			t.Errorf("the session: %+v, %v", u, err)
		}
	})
}
