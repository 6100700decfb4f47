package work

import (
	"context"
	"errors"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// budgetBatch bounds how many reservations or stopped sessions one pass looks at.
const budgetBatch = 1000

// KeepBudgets is one pass of the loop that watches over budgets: calls of this run stay reserved, what no living gateway
// holds is settled, and sessions go on whose team has headroom again.
func (a *Verbs) KeepBudgets(ctx context.Context) error {
	now := a.k.Clock.Now()
	err := a.k.DB.System(ctx, func(s *dbkernel.System) error {
		return dbmodels.Across(s).KeepReservations(ctx, a.holder, now.Add(holdFor))
	})
	if err == nil {
		err = a.SettleLost(ctx)
	}
	return errors.Join(err, a.resumeStopped(ctx))
}

// SettleLost charges calls that no living gateway holds at their upper bound, because nobody knows what they used: those
// of earlier runs of this server, and those of servers that are silent.
func (a *Verbs) SettleLost(ctx context.Context) error {
	var lost []dbmodels.LostReservation
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) {
		lost, err = dbmodels.Across(s).LostReservations(ctx, a.opts.Instance, a.holder, a.k.Clock.Now(), budgetBatch)
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

func (a *Verbs) settleLost(ctx context.Context, r dbmodels.LostReservation) error {
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
func (a *Verbs) resumeStopped(ctx context.Context) error {
	var stopped []dbmodels.StoppedRef
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) {
		stopped, err = dbmodels.Across(s).StoppedForBudget(ctx, quota.MonthOf(a.k.Clock.Now()), budgetBatch)
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

func (a *Verbs) goOnWithBudget(ctx context.Context, r dbkernel.SessionRef) error {
	return a.k.DB.Update(ctx, r.Tenant, func(sc *dbkernel.Scope) error {
		s, err := dbwork.On(sc).Session(ctx, r.ID)
		if err != nil || s.Status != session.Paused || s.Reason.Code != session.BudgetExhausted {
			return err // a person was first
		}
		if err := dbmodels.On(sc).GoOn(ctx, r.ID); err != nil {
			return err
		}
		return a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Queued}, appkernel.System)
	})
}
