package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

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
