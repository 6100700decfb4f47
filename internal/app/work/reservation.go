package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// reservationLease is how long the reservations of a server that has stopped remain.
const reservationLease = time.Minute

// reserveCall reserves the upper bound of a call from the team's month and the session's limits, with as much output as fits.
func (a *Verbs) reserveCall(ctx context.Context, ask CallRequest, adm *Admission) error {
	var refusal error
	err := a.k.DB.Update(ctx, adm.Tenant, func(sc *dbkernel.Scope) (err error) {
		refusal = nil
		b, err := dbmodels.On(sc).LockBudget(ctx, quota.MonthOf(a.k.Clock.Now()))
		if err != nil {
			return err
		}
		refusal, err = a.reserveWithin(ctx, sc, b, ask, adm)
		return err
	})
	if err != nil {
		return err
	}
	return refusal
}

// reserveWithin reserves while the team's month is locked. A refusal is not an error, because the transaction is committed.
func (a *Verbs) reserveWithin(ctx context.Context, sc *dbkernel.Scope, b quota.Budget, ask CallRequest, adm *Admission) (refusal, err error) {
	most, used, held, err := ownBudget(ctx, sc, adm.Session)
	if err != nil {
		return nil, err
	}
	want, err := boundCall(ctx, sc, ask, adm)
	if err != nil {
		return nil, err
	}
	limits := most.Less(used.Plus(held))
	if _, ok := want.Fit(limits); !ok {
		return quota.RefuseOwn(most, used, held, want.Least().Amount()), dbmodels.On(sc).ClearBudgetStop(ctx, adm.Session)
	}
	fits, ok := want.Fit(limits.Both(b.Left()))
	if !ok {
		return b.Refuse("Model call rejected", want.Least().Amount()), a.storeNeed(ctx, sc, adm.Session, want)
	}
	if !limits.None() || !b.Max.None() {
		adm.MaxTokens = fits.Output
	}
	return nil, a.addReservation(ctx, sc, b, fits, ask, adm)
}

// boundCall returns the most that a call can use.
func boundCall(ctx context.Context, sc *dbkernel.Scope, ask CallRequest, adm *Admission) (quota.Bound, error) {
	last, err := dbwork.On(sc).LastInput(ctx, adm.Session, ask.Conversation)
	if ask.Title {
		last = 0 // the prompt of a title has the first message only
	}
	output := ask.MaxTokens
	if output == 0 {
		output = adm.Model.Output
	}
	return quota.BoundOf(ask.PromptBytes, last, output, adm.Model.Price), err
}

func (a *Verbs) addReservation(ctx context.Context, sc *dbkernel.Scope, b quota.Budget, fits quota.Bound, ask CallRequest, adm *Admission) error {
	now := a.k.Clock.Now()
	c := usage.Call{ID: adm.CallID, Session: string(adm.Session), Attempt: adm.Attempt, AgentSession: ask.Conversation, Provider: ask.Provider, Model: ask.Model,
		Endpoint: ask.Endpoint, Title: ask.Title, Stream: ask.Stream, Started: now,
		Counts: usage.Counts{Input: fits.Input, Output: fits.Output}, Cost: fits.Amount().Cost}
	reserved, err := dbmodels.On(sc).ReserveBudget(ctx, dbmodels.Reservation{Call: c, Month: b.Month, Holder: a.holder, Until: now.Add(reservationLease)})
	if err == nil && !reserved { // impossible while the month is locked
		return b.Refuse("Model call rejected", fits.Amount())
	}
	t := adm.Tenant
	sc.AfterCommit(func() { a.k.Hub.RingBell(hub.Team(t)) })
	return err
}

// storeNeed stores how much budget a session needs, so that it resumes when that is available.
func (a *Verbs) storeNeed(ctx context.Context, sc *dbkernel.Scope, id session.ID, want quota.Bound) error {
	if id == "" {
		return nil
	}
	return dbmodels.On(sc).StopForBudget(ctx, id, want.Least().Amount(), a.k.Clock.Now())
}

// ownBudget returns a session's own limits with their use. A call without a session has none.
func ownBudget(ctx context.Context, sc *dbkernel.Scope, id session.ID) (most quota.Limits, used, held quota.Amount, err error) {
	if id == "" {
		return most, used, held, nil
	}
	s, err := dbwork.On(sc).Session(ctx, id)
	if err != nil {
		return most, used, held, err
	}
	held, err = dbmodels.On(sc).SessionReserved(ctx, id)
	return quota.Limits{Tokens: s.MaxTokens, Cost: s.MaxCostMicroUSD}, quota.Amount{Tokens: s.Tokens.Weighted(), Cost: s.CostMicroUSD}, held, err
}
