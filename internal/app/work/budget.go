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

// budgetBatch is how many reservations or paused sessions one run handles at most.
const budgetBatch = 1000

// KeepBudgets is one run of the loop for budgets: it extends the reservations of this server's calls, settles those of servers that
// have stopped, and resumes sessions whose team has budget again.
func (a *Verbs) KeepBudgets(ctx context.Context) error {
	now := a.k.Clock.Now()
	err := a.k.DB.System(ctx, func(s *dbkernel.System) error {
		return dbmodels.Across(s).KeepReservations(ctx, a.holder, now.Add(reservationLease))
	})
	if err == nil {
		err = a.SettleLost(ctx)
	}
	return errors.Join(err, a.resumeStopped(ctx))
}

// SettleLost charges the calls of earlier runs of this server and of servers that have stopped. Their usage is unknown, so each is
// charged at its upper bound.
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
	c.Estimated, c.Error = true, "The server stopped during this call, so the call is charged at the maximum that was reserved for it."
	err := a.RecordCall(ctx, r.Tenant, c, nil)
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	c.Session = "" // the session was purged in the meantime, and the team is still charged
	return a.RecordCall(ctx, r.Tenant, c, nil)
}

// resumeStopped queues sessions that were paused because the budget was used up, as many as the available budget allows.
func (a *Verbs) resumeStopped(ctx context.Context) error {
	var stopped []dbmodels.StoppedRef
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) {
		stopped, err = dbmodels.Across(s).StoppedForBudget(ctx, quota.MonthOf(a.k.Clock.Now()), budgetBatch)
		return err
	})
	if err != nil {
		return err
	}
	reserved := map[tenant.ID]quota.Amount{}
	for _, st := range stopped {
		need := reserved[st.Tenant].Plus(st.Need)
		if !st.Budget.Left().Hold(need) || st.Budget.Full() {
			continue
		}
		reserved[st.Tenant] = need
		if err := a.resumeWithBudget(ctx, st.SessionRef); err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return nil
}

func (a *Verbs) resumeWithBudget(ctx context.Context, r dbkernel.SessionRef) error {
	return a.k.DB.Update(ctx, r.Tenant, func(sc *dbkernel.Scope) error {
		s, err := dbwork.On(sc).Session(ctx, r.ID)
		if err != nil || s.Status != session.Paused || s.Reason.Code != session.BudgetExhausted {
			return err // nil if a person moved it in the meantime
		}
		if err := dbmodels.On(sc).ClearBudgetStop(ctx, r.ID); err != nil {
			return err
		}
		return a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Queued}, appkernel.System)
	})
}
