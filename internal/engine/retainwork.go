package engine

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// retainWork removes work that nobody has pushed or merged in three steps: a notice a week before its time is over, at before, then its
// tree, and after as long again its patch.
func (e *Engine) retainWork(ctx context.Context, before, now time.Time) error {
	err := e.eachOf(ctx, func(s *dbkernel.System) ([]dbwork.Purged, error) {
		return dbwork.Across(s).UnnoticedWork(ctx, before.Add(session.NoticeWork), retainBatch)
	}, func(ctx context.Context, p dbwork.Purged) error {
		return e.app.Work.NoticeWork(ctx, p.Tenant, p.ID)
	})
	if err != nil {
		return err
	}
	err = e.purge(ctx, func(s *dbkernel.System) ([]dbwork.Purged, error) {
		return dbwork.Across(s).NoticedWork(ctx, before, now.Add(-session.NoticeWork), retainBatch)
	}, func(s *dbkernel.System, p dbwork.Purged) error {
		return dbwork.Across(s).MarkWorkRemoved(ctx, p.SessionRef, now)
	})
	if err != nil {
		return err
	}
	asLong := now.Sub(before)
	return e.eachOf(ctx, func(s *dbkernel.System) ([]dbwork.Purged, error) {
		return dbwork.Across(s).KeptPatches(ctx, now.Add(-asLong), retainBatch)
	}, func(ctx context.Context, p dbwork.Purged) error {
		return e.db.System(ctx, func(s *dbkernel.System) error { return dbwork.Across(s).DropPatches(ctx, p.SessionRef) })
	})
}
