package console

import (
	"context"
	"strings"

	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// OpenRequest is a request that waits for an admin, with its team, the team's budget of this month, and the number of sessions that
// resume if it is granted.
type OpenRequest = dbconsole.OpenRequest

// OpenBudgetRequests returns the open requests of all teams, oldest first.
func (a *Verbs) OpenBudgetRequests(ctx context.Context) (all []OpenRequest, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		all, err = dbconsole.Across(s).OpenRequests(ctx, quota.MonthOf(a.k.Clock.Now()), 10*appmodels.RequestsShown)
		return err
	})
	return all, err
}

// CountBudgetRequests returns the number of open requests.
func (a *Verbs) CountBudgetRequests(ctx context.Context) (n int64, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { n, err = dbconsole.Across(s).CountRequests(ctx); return err })
	return n, err
}

// BudgetOf returns a team's budget of this month, for the console.
func (a *Verbs) BudgetOf(ctx context.Context, t tenant.ID) (b quota.Budget, err error) {
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error { b, err = a.models.ThisMonth(ctx, sc); return err })
	return b, err
}

// GrantBudget grants a request: it raises the team's monthly limits, starting this month. Sessions that were paused because of the old
// limits resume.
func (a *Verbs) GrantBudget(ctx context.Context, by tenant.Actor, t tenant.ID, requestID, note string) (quota.Request, error) {
	return a.answerBudget(ctx, by, t, requestID, quota.Granted, nil, note)
}

// GrantOther grants a request with other limits, which it writes into the note.
func (a *Verbs) GrantOther(ctx context.Context, by tenant.Actor, t tenant.ID, requestID string, other quota.Limits, note string) (quota.Request, error) {
	return a.answerBudget(ctx, by, t, requestID, quota.Granted, &other, note)
}

// RefuseBudget refuses a request. The note is the reason.
func (a *Verbs) RefuseBudget(ctx context.Context, by tenant.Actor, t tenant.ID, requestID, note string) (quota.Request, error) {
	return a.answerBudget(ctx, by, t, requestID, quota.Refused, nil, note)
}

func (a *Verbs) answerBudget(ctx context.Context, by tenant.Actor, t tenant.ID, requestID string, answer quota.Answer, other *quota.Limits, note string) (r quota.Request, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return r, err
	}
	note = strings.TrimSpace(text.Clean(note))
	if err := quota.CheckNote(note); err != nil {
		return r, err
	}
	err = a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		if r, err = dbmodels.On(sc).BudgetRequest(ctx, requestID); err != nil {
			return err
		}
		now := a.k.Clock.Now()
		r.Answer, r.Note, r.AnsweredBy, r.AnsweredAt = answer, note, by.Name, &now
		if err := a.grantBudget(ctx, sc, &r, other); err != nil {
			return err
		}
		if err := dbmodels.On(sc).AnswerBudgetRequest(ctx, r); err != nil {
			return err
		}
		sc.AfterCommit(func() {
			a.k.Hub.RingBell(appkernel.Budgets)
			a.k.Hub.RingBell(appkernel.Queue)
			a.k.Hub.RingBell(hub.Team(t))
		})
		if err := a.people.PostTeam(ctx, sc, letter.Letter{Kind: letter.BudgetAnswer, User: r.AskedBy, Data: letter.Data{By: by.Name, What: string(answer), Reason: r.Note}}); err != nil {
			return err
		}
		return a.k.Audit(ctx, sc, by, string(answer)+"_budget", r.ID, r.Note)
	})
	return r, err
}

// grantBudget raises the limits to the requested ones or to other. It does not lower a limit that is higher or has been removed in the
// meantime.
func (a *Verbs) grantBudget(ctx context.Context, sc *dbkernel.Scope, r *quota.Request, other *quota.Limits) error {
	if r.Answer != quota.Granted {
		return nil
	}
	b, err := a.models.ThisMonth(ctx, sc)
	if err != nil {
		return err
	}
	if other == nil {
		return dbwork.On(sc).SetMonthLimits(ctx, b.Max.Raise(r.Wanted))
	}
	if err := (quota.Request{Wanted: *other, Reason: r.Reason}).Check(b.Max); err != nil {
		return err
	}
	r.Note = strings.TrimSpace(other.Words() + " instead. " + r.Note)
	return dbwork.On(sc).SetMonthLimits(ctx, b.Max.Raise(*other))
}
