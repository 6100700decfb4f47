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

// holdFor is how long a silent server keeps what its calls reserved.
const holdFor = time.Minute

// reserve takes a call's upper bound from the team's month and the session's own limits, with as long an answer as fits.
func (a *Verbs) reserve(ctx context.Context, ask CallAsk, adm *Admission) error {
	var refusal error
	err := a.k.DB.Update(ctx, adm.Tenant, func(sc *dbkernel.Scope) (err error) {
		refusal = nil
		b, err := dbmodels.On(sc).HoldBudget(ctx, quota.MonthOf(a.k.Clock.Now()))
		if err != nil {
			return err
		}
		refusal, err = a.take(ctx, sc, b, ask, adm)
		return err
	})
	if err != nil {
		return err
	}
	return refusal
}

// take reserves while nobody else can; a refusal is no error, because what it leaves behind is kept.
func (a *Verbs) take(ctx context.Context, sc *dbkernel.Scope, b quota.Budget, ask CallAsk, adm *Admission) (refusal, err error) {
	most, used, held, err := ownBudget(ctx, sc, adm.Session)
	if err != nil {
		return nil, err
	}
	want, err := bound(ctx, sc, ask, adm)
	if err != nil {
		return nil, err
	}
	limits := most.Less(used.Plus(held))
	if _, ok := want.Fit(limits); !ok {
		return quota.RefuseOwn(most, used, held, want.Least().Amount()), dbmodels.On(sc).GoOn(ctx, adm.Session)
	}
	fits, ok := want.Fit(limits.Both(b.Left()))
	if !ok {
		return b.Refuse("Model call rejected", want.Least().Amount()), a.stopped(ctx, sc, adm.Session, want)
	}
	if !limits.None() || !b.Max.None() {
		adm.MaxTokens = fits.Output
	}
	return nil, a.note(ctx, sc, b, fits, ask, adm)
}

// bound is the most a call can use.
func bound(ctx context.Context, sc *dbkernel.Scope, ask CallAsk, adm *Admission) (quota.Bound, error) {
	last, err := dbwork.On(sc).LastInput(ctx, adm.Session, ask.Conversation)
	if ask.Title {
		last = 0 // a title's prompt is the first message alone
	}
	output := ask.MaxTokens
	if output == 0 {
		output = adm.Model.Output
	}
	return quota.BoundOf(ask.PromptBytes, last, output, adm.Model.Price), err
}

func (a *Verbs) note(ctx context.Context, sc *dbkernel.Scope, b quota.Budget, fits quota.Bound, ask CallAsk, adm *Admission) error {
	now := a.k.Clock.Now()
	c := usage.Call{ID: adm.CallID, Session: string(adm.Session), Attempt: adm.Attempt, AgentSession: ask.Conversation, Provider: ask.Provider, Model: ask.Model,
		Endpoint: ask.Endpoint, Title: ask.Title, Stream: ask.Stream, Started: now,
		Counts: usage.Counts{Input: fits.Input, Output: fits.Output}, Cost: fits.Amount().Cost}
	taken, err := dbmodels.On(sc).Reserve(ctx, dbmodels.Reservation{Call: c, Month: b.Month, Holder: a.holder, Until: now.Add(holdFor)})
	if err == nil && !taken { // nobody can have been faster while the month is held
		return b.Refuse("Model call rejected", fits.Amount())
	}
	t := adm.Tenant
	sc.AfterCommit(func() { a.k.Hub.RingBell(hub.Team(t)) })
	return err
}

// stopped notes what a session waits for, so that it goes on once there is as much.
func (a *Verbs) stopped(ctx context.Context, sc *dbkernel.Scope, id session.ID, want quota.Bound) error {
	if id == "" {
		return nil
	}
	return dbmodels.On(sc).StopForBudget(ctx, id, want.Least().Amount(), a.k.Clock.Now())
}

// ownBudget reads a session's own limits with what is taken of them; a call of no session has none.
func ownBudget(ctx context.Context, sc *dbkernel.Scope, id session.ID) (most quota.Limits, used, held quota.Amount, err error) {
	if id == "" {
		return most, used, held, nil
	}
	s, err := dbwork.On(sc).Session(ctx, id)
	if err != nil {
		return most, used, held, err
	}
	held, err = dbmodels.On(sc).SessionHolds(ctx, id)
	return quota.Limits{Tokens: s.MaxTokens, Cost: s.MaxCostMicroUSD}, quota.Amount{Tokens: s.Tokens.Weighted(), Cost: s.CostMicroUSD}, held, err
}
