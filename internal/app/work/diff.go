package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// SetDiff stores the session's diff against its base commit.
func (a *Verbs) SetDiff(ctx context.Context, l Lease, files []session.FileChange, patch []byte, truncated bool) error {
	return a.held(ctx, l, func(sc *dbkernel.Scope) error {
		sc.AfterCommit(func() { a.ring(l.Tenant, l.Session) })
		return dbwork.On(sc).SetDiff(ctx, l.Session, files, patch, truncated, a.k.Clock.Now())
	})
}

// Files reads the session's diff against its base commit, a file each.
func (a *Verbs) Files(ctx context.Context, by tenant.Actor, id session.ID) (fs []session.FileChange, err error) {
	err = a.inside(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error { fs, err = dbwork.On(sc).Files(ctx, id); return err })
	return fs, err
}

// Patch reads the session's diff as one text; empty when none was taken yet.
func (a *Verbs) Patch(ctx context.Context, by tenant.Actor, id session.ID) (p session.Patch, err error) {
	err = a.inside(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		p.Text, p.Truncated, p.TakenAt, err = dbwork.On(sc).Patch(ctx, id)
		return err
	})
	return p, err
}
