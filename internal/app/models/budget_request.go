package models

import (
	"context"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// RequestsShown is the largest number of requests in a list.
const RequestsShown = 50

// RequestBudget stores a lead's request for higher monthly limits, with a reason. An admin answers it.
func (a *Verbs) RequestBudget(ctx context.Context, by tenant.Actor, limits quota.Limits, reason string) (r quota.Request, err error) {
	r = quota.Request{ID: id.New(), AskedBy: by.User, AskedByName: by.Name, AskedAt: a.k.Clock.Now(), Wanted: limits, Reason: strings.TrimSpace(text.Clean(reason))}
	err = a.k.Write(ctx, by, tenant.AskBudget, func(sc *dbkernel.Scope) error {
		b, err := a.ThisMonth(ctx, sc)
		if err != nil {
			return err
		}
		if err := r.Check(b.Max); err != nil {
			return err
		}
		if err := dbmodels.On(sc).AddBudgetRequest(ctx, r); err != nil {
			return err
		}
		if err := a.people.PostTeam(ctx, sc, letter.Letter{Kind: letter.BudgetRequest, Data: letter.Data{By: by.Name, What: limits.Words() + " per month", Reason: r.Reason}}); err != nil {
			return err
		}
		return a.k.Audit(ctx, sc, by, "ask_budget", r.ID, r.Reason)
	})
	return r, err
}

// BudgetRequests returns the team's requests with their answers, newest first.
func (a *Verbs) BudgetRequests(ctx context.Context, by tenant.Actor) (rs []quota.Request, err error) {
	err = a.k.Read(ctx, by, tenant.ReadTeam, func(sc *dbkernel.Scope) error {
		rs, err = dbmodels.On(sc).BudgetRequests(ctx, RequestsShown)
		return err
	})
	return rs, err
}
