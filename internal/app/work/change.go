package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Changes returns the entries of the team's change log after a number: the sessions that have changed.
func (a *Verbs) Changes(ctx context.Context, by tenant.Actor, after int64, limit int) (cs []session.Change, err error) {
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(s *dbkernel.Scope) error { cs, err = dbwork.On(s).Changes(ctx, after, limit); return err })
	return cs, err
}

// LastChange returns the number of the team's newest change.
func (a *Verbs) LastChange(ctx context.Context, by tenant.Actor) (int64, error) {
	return appkernel.ReadOne(ctx, a.k, by, tenant.ReadSessions, dbwork.On, dbwork.Scope.LastChange)
}
