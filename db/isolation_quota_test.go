package db_test

import (
	"context"
	"errors"

	"github.com/industrial-orchestrator/orchestrator/db"
	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	budget "github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

func init() {
	for name, row := range map[string]call{
		"Budget":     {own, func(c c, s s, _ w) (any, error) { return s.Budget(c, budget.MonthOf(soon)) }},
		"HoldBudget": {own, func(c c, s s, _ w) (any, error) { return s.HoldBudget(c, budget.MonthOf(soon)) }},
		"Reserve":    {own, func(c c, s s, b w) (any, error) { return s.Reserve(c, b.held()) }},
		"Reserved": {nothing, func(c c, s s, b w) (any, error) {
			r, ok, err := s.Reserved(c, b.held().Call.ID)
			return []any{r.Call.ID, ok}, err
		}},
		"SessionHolds": {nothing, func(c c, s s, b w) (any, error) {
			a, err := s.SessionHolds(c, b.running.ID)
			return []int64{a.Tokens, a.Cost}, err
		}},
		"LastInput":      give(nothing, func(c c, s s, b w) (int64, error) { return s.LastInput(c, b.running.ID, "ses_"+b.slug) }),
		"NoticeBudget":   give(own, func(c c, s s, _ w) (bool, error) { return s.NoticeBudget(c, budget.MonthOf(soon), soon) }),
		"SetMonthLimits": do(own, func(c c, s s, _ w) error { return s.SetMonthLimits(c, budget.Limits{}) }),
		"StopForBudget":  do(refused, func(c c, s s, b w) error { return s.StopForBudget(c, b.running.ID, budget.Amount{Tokens: 1}, soon) }),
		"Storage":        {own, func(c c, s s, _ w) (any, error) { return s.Storage(c) }},
		"SetStorage":     do(own, func(c c, s s, _ w) error { return s.SetStorage(c, budget.Storage{MeasuredAt: soon}) }),
		"CallBytes":      give(own, func(c c, s s, _ w) (int64, error) { return s.CallBytes(c) }),
		"GoOn":           do(nothing, func(c c, s s, b w) error { return s.GoOn(c, b.running.ID) }),
		"AskBudget":      do(own, func(c c, s s, b w) error { return s.AskBudget(c, b.wish()) }),
		"BudgetRequests": {own, func(c c, s s, _ w) (any, error) { return s.BudgetRequests(c, 100) }},
		"BudgetRequest":  {missing, func(c c, s s, b w) (any, error) { return s.BudgetRequest(c, b.wish().ID) }},
		"AnswerBudget":   do(conflict, func(c c, s s, b w) error { return s.AnswerBudget(c, b.wish()) }),
	} {
		isolation[name] = row
	}
}

// held is a call of the team that is under way.
func (w world) held() db.Reservation {
	c := usage.Call{ID: "held-" + w.slug, Session: string(w.running.ID), AgentSession: "ses_" + w.slug, Provider: w.slug, Model: w.slug, Endpoint: w.slug,
		Counts: usage.Counts{Input: 100, Output: 10}, Cost: 1, Started: dbtest.Now}
	return db.Reservation{Call: c, Month: budget.MonthOf(dbtest.Now), Holder: "here/" + w.slug, Until: soon}
}

// wish is a request of the team's lead for a higher limit.
func (w world) wish() budget.Request {
	more := int64(60_000_000)
	return budget.Request{ID: "wish-" + w.slug, AskedBy: w.team.Lead.ID, AskedByName: w.slug, AskedAt: dbtest.Now, Wanted: budget.Limits{Tokens: &more}, Reason: w.slug}
}

func (w world) fillBudget(ctx context.Context, s *db.Scope) error {
	_, err1 := s.HoldBudget(ctx, budget.MonthOf(dbtest.Now))
	_, err2 := s.Reserve(ctx, w.held())
	return errors.Join(err1, err2, s.StopForBudget(ctx, w.running.ID, budget.Amount{Tokens: 1}, dbtest.Now), s.AskBudget(ctx, w.wish()),
		s.SetStorage(ctx, budget.Storage{Clones: int64(len(w.slug)), MeasuredAt: dbtest.Now}))
}
