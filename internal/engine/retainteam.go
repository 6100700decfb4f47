package engine

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// purgeTeams deletes teams whose time for a restore is over: first their sessions, as any deleted session, then their
// directories, then their rows. The next pass continues one that was interrupted.
func (e *Engine) purgeTeams(ctx context.Context, now time.Time) error {
	before := now.Add(-tenant.KeepDeleted)
	var gone []tenant.ID
	err := e.db.SystemView(ctx, func(s *dbkernel.System) (err error) {
		gone, err = dbpeople.Across(s).ExpiredTeams(ctx, before, retainBatch)
		return err
	})
	if err != nil || len(gone) == 0 {
		return err
	}
	for _, t := range gone {
		if err := e.db.System(ctx, func(s *dbkernel.System) error {
			return dbwork.Across(s).MarkSessionsDeleted(ctx, t, before.Add(-time.Millisecond))
		}); err != nil {
			return err
		}
	}
	if err := e.purgeSessions(ctx, now); err != nil {
		return err
	}
	for _, t := range gone {
		if err := e.space.RemoveTeam(ctx, t); err != nil {
			return err
		}
		if err := e.app.Console.PurgeTeam(ctx, t); err != nil {
			return err
		}
	}
	return nil
}
