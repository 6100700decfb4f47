package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Changes reads the team's change log after a number: which sessions' rows are new.
func (a *Verbs) Changes(ctx context.Context, by tenant.Actor, after int64, limit int) (cs []session.Change, err error) {
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(s *dbkernel.Scope) error { cs, err = dbwork.On(s).Changes(ctx, after, limit); return err })
	return cs, err
}

// LastChange is the number of the team's newest change.
func (a *Verbs) LastChange(ctx context.Context, by tenant.Actor) (n int64, err error) {
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(s *dbkernel.Scope) error { n, err = dbwork.On(s).LastChange(ctx); return err })
	return n, err
}
