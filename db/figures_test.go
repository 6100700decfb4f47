package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// spent stores calls of a session, and one of none, on two days; the second call of the session looks wrong.
func spent(t *testing.T, d *dbkernel.DB, team dbtest.Team, s session.Session) {
	t.Helper()
	for _, c := range []usage.Call{
		{Session: string(s.ID), Model: "m", Counts: usage.Counts{Input: 100, Output: 10}, Cost: 5, Started: dbtest.Now, Guess: usage.Guess{Input: 110, Output: 9}},
		{Session: string(s.ID), Model: "m", Counts: usage.Counts{Input: 3, Output: 1}, Cost: 1, Started: dbtest.Now, Guess: usage.Guess{Input: 9000, Output: 40}},
		{Session: string(s.ID), Model: "n", Counts: usage.Counts{Input: 7, CacheWriteLong: 2}, Cost: 2, Started: dbtest.Now.AddDate(0, 0, 1), Estimated: true},
		{Model: "m", Counts: usage.Counts{Reasoning: 4}, Cost: 9, Started: dbtest.Now},
	} {
		c.ID, c.Provider, c.Response = id.New(), "p", []byte(`{}`)
		update(t, d, team.ID, func(ctx context.Context, sc *dbkernel.Scope) error { return dbwork.On(sc).AddCall(ctx, c, nil) })
	}
}

// Usage is summed by each group, for the range and the team of a query; usage without a session belongs to nobody.
func TestUsageOfTheInstance(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		alpha, beta := dbtest.NewTeam(t, d, "alpha"), dbtest.NewTeam(t, d, "beta")
		spent(t, d, alpha, dbtest.Session(t, d, alpha))
		spent(t, d, beta, dbtest.Session(t, d, beta, func(s *session.Session) { s.CreatedBy = beta.Lead.ID }))
		both := usage.Range{From: dbtest.Now, To: dbtest.Now.AddDate(0, 0, 1)}
		for name, c := range map[string]struct {
			group usage.Group
			in    usage.Range
			want  []string
		}{
			"by team":        {usage.ByTeam, both, []string{"alpha 4 calls 17", "beta 4 calls 17"}},
			"by model":       {usage.ByModel, both, []string{"p/m 6 calls 30", "p/n 2 calls 4"}},
			"by day":         {usage.ByDay, both, []string{usage.Date(both.To) + " 2 calls 4", usage.Date(both.From) + " 6 calls 30"}},
			"one day":        {usage.ByTeam, usage.Range{From: dbtest.Now, To: dbtest.Now}, []string{"alpha 3 calls 15", "beta 3 calls 15"}},
			"one team":       {usage.ByModel, usage.Range{From: both.From, To: both.To, Team: beta.ID}, []string{"p/m 3 calls 15", "p/n 1 calls 2"}},
			"another month":  {usage.ByTeam, usage.Range{From: dbtest.Now.AddDate(0, 1, 0), To: dbtest.Now.AddDate(0, 1, 0)}, nil},
			"by person":      {usage.ByPerson, usage.Range{From: both.From, To: both.To, Team: beta.ID}, []string{" 1 calls 9", string(beta.Lead.ID) + " 3 calls 8"}},
			"by person, all": {usage.ByPerson, both, []string{" 2 calls 18", string(alpha.Member.ID) + " 3 calls 8", string(beta.Lead.ID) + " 3 calls 8"}},
		} {
			rows, all := usageBy(t, d, c.group, c.in)
			if !sameSet(rows, c.want) {
				t.Errorf("%s: %q, want %q (all %+v)", name, rows, c.want, all)
			}
		}
	})
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func usageBy(t *testing.T, d *dbkernel.DB, g usage.Group, r usage.Range) (rows []string, all usage.Row) {
	t.Helper()
	system(t, d, func(ctx context.Context, s *dbkernel.System) error {
		got, sum, err := dbconsole.Across(s).UsageBy(ctx, g, r, 100)
		var added usage.Row
		for _, v := range got {
			added = added.Add(v)
			rows = append(rows, v.Key+" "+fmt.Sprint(v.Calls, " calls ", v.Cost))
		}
		if all = sum; added != sum {
			t.Errorf("%s: the rows are %+v, all of it %+v", g, added, sum)
		}
		return err
	})
	return rows, all
}

// The finest lines add up to the days' sums, and tell which calls were estimated and which look wrong.
func TestUsageLinesAddUp(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		spent(t, d, team, dbtest.Session(t, d, team))
		system(t, d, func(ctx context.Context, s *dbkernel.System) error {
			ls, err := dbconsole.Across(s).UsageOf(ctx, dbtest.Now, usage.Range{})
			if len(ls) != 2 || ls[1].Calls != 2 || ls[1].Person != team.Member.Name || ls[0].Email != "" || ls[1].Counts.Input != 103 {
				t.Errorf("lines: %+v", ls)
			}
			return err
		})
		got := dbtest.Rows(t, d, `SELECT day || '|' || model || '|' || estimated || '|' || doubtful || '|' || guess_input || '|' || guess_output FROM usage_user_days WHERE user_id <> '' ORDER BY day`)
		if want := []string{usage.Date(dbtest.Now) + "|p/m|0|1|9000|40", usage.Date(dbtest.Now.AddDate(0, 0, 1)) + "|p/n|1|0|0|0"}; !slices.Equal(got, want) {
			t.Errorf("guesses: %q", got)
		}
	})
}

// The usage that an agent reports is added once, however often its event arrives.
func TestAgentUsageIsAddedOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		s := dbtest.Session(t, d, team)
		e := event.New(event.AgentUsage, event.Actor{Kind: "agent"}, event.Usage{Input: 10, Output: 2, CacheWrite: 3, CostMicro: 40})
		e.SourceKey, e.At = "step-1", dbtest.Now
		for range 3 {
			update(t, d, team.ID, func(ctx context.Context, sc *dbkernel.Scope) error {
				_, err := dbwork.On(sc).AppendEvents(ctx, s.ID, 1, []event.Event{e})
				return err
			})
		}
		want := usage.Agent{Steps: 1, Counts: usage.Counts{Input: 10, Output: 2, CacheWriteShort: 3}, Cost: 40}
		view(t, d, team.ID, func(ctx context.Context, sc *dbkernel.Scope) (any, error) {
			of, err := dbwork.On(sc).AgentUsage(ctx, s.ID)
			if err != nil {
				return nil, err
			}
			days, err := dbwork.On(sc).AgentUsageDays(ctx, usage.Date(dbtest.Now), usage.Date(dbtest.Now))
			if of != want || days != want {
				t.Errorf("session %+v, day %+v, want %+v", of, days, want)
			}
			return nil, err
		})
	})
}

// A start is counted once for each process, a loss when it is reported; a stop on purpose is no loss.
func TestStartsAndLossesAreCounted(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		save := func(generation string) func(context.Context, *dbkernel.Scope) error {
			return func(ctx context.Context, s *dbkernel.Scope) error {
				return dbwork.On(s).SaveProcess(ctx, dbwork.Process{Session: "s", Node: "n", PID: 7, Generation: generation, Version: "1.18.33", StartedAt: dbtest.Now})
			}
		}
		lose := func(ctx context.Context, s *dbkernel.Scope) error {
			return dbwork.On(s).LoseProcess(ctx, "s", "n", dbtest.Now)
		}
		for _, act := range []func(context.Context, *dbkernel.Scope) error{save("a"), save("a"), (func(ctx context.Context, s *dbkernel.Scope) error { return dbwork.On(s).DeleteProcess(ctx, "s", "n") }),
			save("b"), lose, save("c"), save("c")} {
			update(t, d, team.ID, act)
		}
		system(t, d, func(ctx context.Context, s *dbkernel.System) error {
			ps, err := dbconsole.Across(s).ProcessRows(ctx)
			if len(ps) != 1 || ps[0].Starts != 3 || ps[0].Lost != 1 || ps[0].LostAt == nil || ps[0].Slug != "alpha" || ps[0].Session != "s" {
				t.Errorf("processes: %+v", ps)
			}
			return err
		})
	})
}

// The price of a time is the newest version that had begun; no version can be put in place of another.
func TestPricesAreVersions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		version := func(at time.Time, input int64) instance.Price {
			return instance.Price{Provider: "acme", Model: "m", From: at, Price: usage.Price{Input: input}, AddedBy: "boss", AddedAt: dbtest.Now}
		}
		first, second := version(dbtest.Now, 1), version(dbtest.Now.Add(time.Hour), 2)
		system(t, d, func(ctx context.Context, s *dbkernel.System) error {
			if err := dbmodels.Across(s).AddPrice(ctx, first); err != nil {
				return err
			}
			return dbmodels.Across(s).AddPrice(ctx, second)
		})
		if err := d.System(t.Context(), func(s *dbkernel.System) error {
			return dbmodels.Across(s).AddPrice(t.Context(), version(dbtest.Now, 9))
		}); !fault.Is(err, fault.Conflict) {
			t.Errorf("a version was put in place of another: %v", err)
		}
		system(t, d, func(ctx context.Context, s *dbkernel.System) error {
			for at, want := range map[time.Time]int64{dbtest.Now.Add(-1): 0, dbtest.Now: 1, dbtest.Now.Add(59 * time.Minute): 1, dbtest.Now.Add(time.Hour): 2} {
				p, ok, err := dbmodels.Across(s).PriceAt(ctx, "acme", "m", at)
				if err != nil || ok != (want > 0) || p.Price.Input != want {
					t.Errorf("at %s: %+v, %v, %v", at, p, ok, err)
				}
				if all, err := dbmodels.Across(s).PricesAt(ctx, at); err != nil || len(all) != int(min(want, 1)) {
					t.Errorf("at %s: %+v, %v", at, all, err)
				}
			}
			all, err := dbmodels.Across(s).Prices(ctx)
			if diff := cmp.Diff([]instance.Price{second, first}, all); diff != "" {
				t.Error(diff)
			}
			return err
		})
	})
}

// Queues are numbers of every team that has work, with the longest wait; what the sealer has to do is counted.
func TestQueuesOfTheInstance(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		alpha, beta := dbtest.NewTeam(t, d, "alpha"), dbtest.NewTeam(t, d, "beta")
		dbtest.NewTeam(t, d, "idle")
		dbtest.Move(t, d, dbtest.Session(t, d, alpha), dbtest.Now, session.Queued)
		dbtest.Move(t, d, dbtest.Session(t, d, alpha), dbtest.Now.Add(time.Minute), session.Queued)
		dbtest.Move(t, d, dbtest.Session(t, d, beta), dbtest.Now, session.Queued, session.Running, session.Paused)
		system(t, d, func(ctx context.Context, s *dbkernel.System) error {
			qs, err := dbconsole.Across(s).QueueRows(ctx, "2026-11", 100)
			if len(qs) != 2 || qs[0].Slug != "alpha" || qs[0].Queued != 2 || qs[0].Oldest == nil || !qs[0].Oldest.Equal(dbtest.Now) || qs[1].Paused != 1 {
				t.Errorf("queues: %+v", qs)
			}
			ps, err2 := dbconsole.Across(s).Pauses(ctx)
			if len(ps) != 1 || ps[0].Sessions != 1 {
				t.Errorf("paused: %+v", ps)
			}
			lag, err3 := dbconsole.Across(s).SealLag(ctx)
			if lag.Entries == 0 && lag.Oldest != nil {
				t.Errorf("to seal: %+v", lag)
			}
			return errors.Join(err, err2, err3)
		})
	})
}
