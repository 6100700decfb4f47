package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// SetChecks stores the results of the check commands and logs how many passed and failed.
func (a *Verbs) SetChecks(ctx context.Context, l Lease, results []repository.CheckResult) error {
	results = checksWithoutSecrets(results)
	var sum event.Checks
	for _, r := range results {
		if r.Verdict == repository.Passed {
			sum.Passed++
		} else {
			sum.Failed++
		}
	}
	return a.withLease(ctx, l, func(sc *dbkernel.Scope) error {
		if err := dbwork.On(sc).SetChecks(ctx, l.Session, l.Attempt, results); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.ringSession(l.Tenant, l.Session) })
		_, err := dbwork.On(sc).AppendEvents(ctx, l.Session, l.Attempt, []event.Event{event.New(event.SessionChecks, appkernel.System, sum)})
		return err
	})
}

// Checks returns the results of the check commands of an attempt, or with 0 of the last attempt that has any.
func (a *Verbs) Checks(ctx context.Context, by tenant.Actor, id session.ID, attempt int) (cs []repository.CheckResult, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		cs, err = dbwork.On(sc).Checks(ctx, id, attempt)
		return err
	})
	return cs, err
}

// Outcomes returns what came of a session's attempts, newest first. An attempt that has not ended has none.
func (a *Verbs) Outcomes(ctx context.Context, by tenant.Actor, id session.ID) (all []session.Outcome, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		all, err = dbwork.On(sc).Outcomes(ctx, id)
		return err
	})
	return all, err
}

// SetSavedWork stores the commits in which the work of a leased session was saved.
func (a *Verbs) SetSavedWork(ctx context.Context, l Lease, saved session.Saved) error {
	return a.withLease(ctx, l, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).SetSavedWork(ctx, l.Session, l.Attempt, saved.Commit, saved.Commits)
	})
}
