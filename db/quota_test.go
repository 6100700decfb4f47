package db_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	budget "github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// TestAThousandAtOnceNeverTakeMoreThanThereIs: the statement alone keeps the limit, whether or not the month is held before.
func TestAThousandAtOnceNeverTakeMoreThanThereIs(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team, month := dbtest.NewTeam(t, d, "alpha"), budget.MonthOf(dbtest.Now)
		limit, cost := int64(1_000), int64(100_000)
		update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
			if _, err := dbmodels.On(s).LockBudget(ctx, month); err != nil {
				return err
			}
			return dbwork.On(s).SetMonthLimits(ctx, budget.Limits{Tokens: &limit, Cost: &cost})
		})
		var took atomic.Int64
		var all sync.WaitGroup
		for i := range 1000 {
			all.Go(func() {
				c := usage.Call{ID: fmt.Sprintf("call-%04d", i), Provider: "p", Model: "m", Counts: usage.Counts{Input: 6, Output: 1}, Cost: 1, Started: dbtest.Now}
				var got bool
				err := d.Update(t.Context(), team.ID, func(s *dbkernel.Scope) (err error) {
					got, err = dbmodels.On(s).ReserveBudget(t.Context(), dbmodels.Reservation{Call: c, Month: month, Holder: "here/1", Until: soon})
					return err
				})
				if err != nil {
					t.Error(err)
				} else if got {
					took.Add(1)
					settle(t, d, team, c, i)
				}
			})
		}
		all.Wait()
		b := view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) (budget.Budget, error) {
			return dbmodels.On(s).Budget(ctx, month)
		})
		if b.Used.Tokens+b.Held.Tokens > limit || took.Load() < limit/7 {
			t.Errorf("%d calls took %+v of %d", took.Load(), b, limit)
		}
		if held := dbtest.Rows(t, d, `SELECT call_id FROM reservations`); int64(len(held)*7) != b.Held.Tokens {
			t.Errorf("%d calls hold %d tokens", len(held), b.Held.Tokens)
		}
	})
}

// settle ends every other call with less than it reserved.
func settle(t *testing.T, d *dbkernel.DB, team dbtest.Team, c usage.Call, i int) {
	if i%2 == 0 {
		return
	}
	c.Counts.Input = 3
	if err := d.Update(t.Context(), team.ID, func(s *dbkernel.Scope) error { return dbwork.On(s).AddCall(t.Context(), c, nil) }); err != nil {
		t.Error(err)
	}
}

func TestTheClaimPassesATeamWithoutBudget(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		limits := func(l budget.Limits) {
			update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error { return dbwork.On(s).SetMonthLimits(ctx, l) })
		}
		ready := func() { dbtest.Move(t, d, dbtest.Session(t, d, team), dbtest.Now, "queued") }
		ready()
		zero, some := int64(0), int64(100)
		for name, l := range map[string]budget.Limits{"no tokens": {Tokens: &zero}, "no money": {Cost: &zero}} {
			limits(l)
			if got := claim(t, d, 10); len(got) != 0 {
				t.Errorf("%s: %d sessions were claimed", name, len(got))
			}
		}
		limits(budget.Limits{Tokens: &some})
		if got := claim(t, d, 10); len(got) != 1 {
			t.Errorf("with headroom %d sessions were claimed", len(got))
		}
		ready()
		update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
			return dbwork.On(s).AddCall(ctx, usage.Call{ID: "c", Started: dbtest.Now, Counts: usage.Counts{Input: 95, CacheRead: 41}, Response: []byte(`{}`)}, nil)
		})
		if got := claim(t, d, 10); len(got) != 0 {
			t.Errorf("at exactly the limit %d sessions were claimed", len(got))
		}
	})
}
