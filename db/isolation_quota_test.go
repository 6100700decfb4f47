package db_test

import (
	"context"
	"errors"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	budget "github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

func init() {
	for name, row := range map[string]call{
		"models.Budget":        {own, func(c c, s s, _ w) (any, error) { return dbmodels.On(s).Budget(c, budget.MonthOf(soon)) }},
		"models.LockBudget":    {own, func(c c, s s, _ w) (any, error) { return dbmodels.On(s).LockBudget(c, budget.MonthOf(soon)) }},
		"models.ReserveBudget": {own, func(c c, s s, b w) (any, error) { return dbmodels.On(s).ReserveBudget(c, b.held()) }},
		"models.ReservationOf": {nothing, func(c c, s s, b w) (any, error) {
			r, ok, err := dbmodels.On(s).ReservationOf(c, b.held().Call.ID)
			return []any{r.Call.ID, ok}, err
		}},
		"models.SessionReserved": {nothing, func(c c, s s, b w) (any, error) {
			a, err := dbmodels.On(s).SessionReserved(c, b.running.ID)
			return []int64{a.Tokens, a.Cost}, err
		}},
		"work.LastInput":      give(nothing, func(c c, s s, b w) (int64, error) { return dbwork.On(s).LastInput(c, b.running.ID, "ses_"+b.slug) }),
		"models.NoticeBudget": give(own, func(c c, s s, _ w) (bool, error) { return dbmodels.On(s).NoticeBudget(c, budget.MonthOf(soon), soon) }),
		"work.SetMonthLimits": do(own, func(c c, s s, _ w) error { return dbwork.On(s).SetMonthLimits(c, budget.Limits{}) }),
		"models.StopForBudget": do(refused, func(c c, s s, b w) error {
			return dbmodels.On(s).StopForBudget(c, b.running.ID, budget.Amount{Tokens: 1}, soon)
		}),
		"models.Storage":          {own, func(c c, s s, _ w) (any, error) { return dbmodels.On(s).Storage(c) }},
		"models.SetStorage":       do(own, func(c c, s s, _ w) error { return dbmodels.On(s).SetStorage(c, budget.Storage{MeasuredAt: soon}) }),
		"models.CallBytes":        give(own, func(c c, s s, _ w) (int64, error) { return dbmodels.On(s).CallBytes(c) }),
		"models.ClearBudgetStop":  do(nothing, func(c c, s s, b w) error { return dbmodels.On(s).ClearBudgetStop(c, b.running.ID) }),
		"models.AddBudgetRequest": do(own, func(c c, s s, b w) error { return dbmodels.On(s).AddBudgetRequest(c, b.wish()) }),
		"models.BudgetRequests":   {own, func(c c, s s, _ w) (any, error) { return dbmodels.On(s).BudgetRequests(c, 100) }},
		"models.BudgetRequest":    {missing, func(c c, s s, b w) (any, error) { return dbmodels.On(s).BudgetRequest(c, b.wish().ID) }},
		"models.ReleaseReservation": {nothing, func(c c, s s, b w) (any, error) {
			r, ok, err := dbmodels.On(s).ReleaseReservation(c, b.held().Call.ID)
			return []any{r.Call.ID, ok}, err
		}},
		"models.ChargeBudget": do(own, func(c c, s s, _ w) error {
			return dbmodels.On(s).ChargeBudget(c, budget.MonthOf(soon), budget.Amount{Tokens: 1}, budget.Amount{})
		}),
		"models.AnswerBudgetRequest": do(conflict, func(c c, s s, b w) error { return dbmodels.On(s).AnswerBudgetRequest(c, b.wish()) }),
	} {
		isolation[name] = row
	}
}

// held is a call of the team that is in progress.
func (w world) held() dbmodels.Reservation {
	c := usage.Call{ID: "held-" + w.slug, Session: string(w.running.ID), AgentSession: "ses_" + w.slug, Provider: w.slug, Model: w.slug, Endpoint: w.slug,
		Counts: usage.Counts{Input: 100, Output: 10}, Cost: 1, Started: dbtest.Now}
	return dbmodels.Reservation{Call: c, Month: budget.MonthOf(dbtest.Now), Holder: "here/" + w.slug, Until: soon}
}

// wish is a request of the team's lead for a higher limit.
func (w world) wish() budget.Request {
	more := int64(60_000_000)
	return budget.Request{ID: "wish-" + w.slug, AskedBy: w.team.Lead.ID, AskedByName: w.slug, AskedAt: dbtest.Now, Wanted: budget.Limits{Tokens: &more}, Reason: w.slug}
}

func (w world) fillBudget(ctx context.Context, s *dbkernel.Scope) error {
	_, err1 := dbmodels.On(s).LockBudget(ctx, budget.MonthOf(dbtest.Now))
	_, err2 := dbmodels.On(s).ReserveBudget(ctx, w.held())
	return errors.Join(err1, err2, dbmodels.On(s).StopForBudget(ctx, w.running.ID, budget.Amount{Tokens: 1}, dbtest.Now), dbmodels.On(s).AddBudgetRequest(ctx, w.wish()),
		dbmodels.On(s).SetStorage(ctx, budget.Storage{Clones: int64(len(w.slug)), MeasuredAt: dbtest.Now}))
}
