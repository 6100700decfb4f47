package app

import (
	"context"
	"errors"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/db"
	"github.com/industrial-orchestrator/orchestrator/internal/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/session"
	"github.com/industrial-orchestrator/orchestrator/internal/tenant"
)

// budgetBatch bounds how many reservations or stopped sessions one pass looks at.
const budgetBatch = 1000

// Budget reads the team's month: limits, what is used and what calls under way hold.
func (a *App) Budget(ctx context.Context, by tenant.Actor) (b quota.Budget, err error) {
	err = a.read(ctx, by, tenant.ReadTeam, func(sc *db.Scope) error { b, err = a.month(ctx, sc); return err })
	return b, err
}

func (a *App) month(ctx context.Context, sc *db.Scope) (quota.Budget, error) {
	return sc.Budget(ctx, quota.MonthOf(a.clock.Now()))
}

// startable refuses a start once the team's month is used up; one that waits in the queue may stay there.
func (a *App) startable(ctx context.Context, sc *db.Scope) error {
	b, err := a.month(ctx, sc)
	if err != nil || !b.UsedUp() {
		return err
	}
	return b.Refuse("Not started", quota.Amount{})
}

// KeepBudgets is one pass of the loop that watches over budgets: calls of this run stay reserved, what no living gateway
// holds is settled, and sessions go on whose team has headroom again.
func (a *App) KeepBudgets(ctx context.Context) error {
	now := a.clock.Now()
	err := a.db.System(ctx, func(s *db.System) error { return s.KeepReservations(ctx, a.holder, now.Add(holdFor)) })
	if err == nil {
		err = a.SettleLost(ctx)
	}
	return errors.Join(err, a.resumeStopped(ctx))
}

// SettleLost charges calls that no living gateway holds at their upper bound, because nobody knows what they used: those
// of earlier runs of this server, and those of servers that are silent.
func (a *App) SettleLost(ctx context.Context) error {
	var lost []db.LostReservation
	err := a.db.SystemView(ctx, func(s *db.System) (err error) {
		lost, err = s.LostReservations(ctx, a.opts.Instance, a.holder, a.clock.Now(), budgetBatch)
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range lost {
		if err := a.settleLost(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) settleLost(ctx context.Context, r db.LostReservation) error {
	c := r.Call
	c.Estimated, c.Error = true, "The server stopped during this call; it is charged at its upper bound."
	err := a.RecordCall(ctx, r.Tenant, c, nil)
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	c.Session = "" // it was purged meanwhile: its team is charged all the same
	return a.RecordCall(ctx, r.Tenant, c, nil)
}

// resumeStopped queues sessions that were refused a call for want of their team's budget, as many as there is headroom for.
func (a *App) resumeStopped(ctx context.Context) error {
	var stopped []db.StoppedRef
	err := a.db.SystemView(ctx, func(s *db.System) (err error) {
		stopped, err = s.StoppedForBudget(ctx, quota.MonthOf(a.clock.Now()), budgetBatch)
		return err
	})
	if err != nil {
		return err
	}
	given := map[tenant.ID]quota.Amount{}
	for _, st := range stopped {
		need := given[st.Tenant].Plus(st.Need)
		if !st.Budget.Left().Hold(need) || st.Budget.Full() {
			continue
		}
		given[st.Tenant] = need
		if err := a.goOnWithBudget(ctx, st.SessionRef); err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return nil
}

func (a *App) goOnWithBudget(ctx context.Context, r db.SessionRef) error {
	return a.db.Update(ctx, r.Tenant, func(sc *db.Scope) error {
		s, err := sc.Session(ctx, r.ID)
		if err != nil || s.Status != session.Paused || s.Reason.Code != session.BudgetExhausted {
			return err // a person was first
		}
		if err := sc.GoOn(ctx, r.ID); err != nil {
			return err
		}
		return a.move(ctx, sc, s, db.Move{To: session.Queued}, system)
	})
}

// Quota is what an operator sets of a team; nil leaves a limit as it is, and a limit set to nil is none.
type Quota struct {
	MaxConcurrentSessions, MaxQueuedSessions *int
	Tokens, Cost                             **int64
}

// SetQuota sets a team's quotas from outside of it, and writes it to the team's audit log. Sessions that were paused for
// want of the budget go on by themselves.
func (a *App) SetQuota(ctx context.Context, by tenant.Actor, t tenant.ID, q Quota) error {
	if err := mayOperate(by); err != nil {
		return err
	}
	if err := q.check(); err != nil {
		return err
	}
	return a.db.Update(ctx, t, func(sc *db.Scope) error {
		if err := a.setSessions(ctx, sc, q); err != nil {
			return err
		}
		if err := a.setMonth(ctx, sc, q); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.Hub.RingBell(Budgets); a.Hub.RingBell(Queue) })
		return a.audit(ctx, sc, by, "set_quota", string(t), q.words())
	})
}

func (a *App) setSessions(ctx context.Context, sc *db.Scope, q Quota) error {
	l, err := sc.Limits(ctx)
	if err != nil {
		return err
	}
	return sc.SetLimits(ctx, or(q.MaxConcurrentSessions, l.MaxConcurrent), or(q.MaxQueuedSessions, l.MaxQueued))
}

func (a *App) setMonth(ctx context.Context, sc *db.Scope, q Quota) error {
	b, err := a.month(ctx, sc)
	if err != nil {
		return err
	}
	return sc.SetMonthLimits(ctx, quota.Limits{Tokens: or(q.Tokens, b.Max.Tokens), Cost: or(q.Cost, b.Max.Cost)})
}

func or[T any](set *T, is T) T {
	if set == nil {
		return is
	}
	return *set
}

func (q Quota) check() error {
	var f fault.Fields
	for name, n := range map[string]*int{"max_concurrent_sessions": q.MaxConcurrentSessions, "max_queued_sessions": q.MaxQueuedSessions} {
		if n != nil && (*n < 0 || *n > 1_000_000) {
			f.Add(name, "A limit of sessions is 0 to 1,000,000; %d is not.", *n)
		}
	}
	for name, n := range map[string]**int64{quota.TokensPerMonth: q.Tokens, quota.CostPerMonth: q.Cost} {
		if n != nil && *n != nil && (**n < 0 || **n > quota.MaxLimit) {
			f.Add(name, "A monthly limit is 0 to %s; %d is not. No limit is none, not a huge number.", quota.Count(quota.MaxLimit), **n)
		}
	}
	return f.Err()
}

// words are what the audit log says of a change.
func (q Quota) words() string {
	var out []string
	for _, n := range []struct {
		name string
		to   *int
	}{{"max_concurrent_sessions", q.MaxConcurrentSessions}, {"max_queued_sessions", q.MaxQueuedSessions}} {
		if n.to != nil {
			out = append(out, n.name+" = "+quota.Count(int64(*n.to)))
		}
	}
	for _, n := range []struct {
		name string
		to   **int64
	}{{quota.TokensPerMonth, q.Tokens}, {quota.CostPerMonth, q.Cost}} {
		if n.to != nil {
			out = append(out, n.name+" = "+limitWord(*n.to))
		}
	}
	return strings.Join(out, ", ")
}

func limitWord(n *int64) string {
	if n == nil {
		return "none"
	}
	return quota.Count(*n)
}
