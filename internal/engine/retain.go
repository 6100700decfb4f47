package engine

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
)

// How long deleted sessions can be restored, how many changes of the log of changes are kept, and how many rows one transaction
// deletes, so that it blocks the one writer only briefly.
const (
	keepDeleted = 30 * 24 * time.Hour
	keepChanges = 100_000
	retainBatch = 500
)

// Retain deletes data past its retention: model calls and transcripts by the current settings, sessions that were deleted a month
// ago together with their trees.
func (e *Engine) Retain(ctx context.Context) error {
	now := e.clock.Now()
	keep, err := e.app.Kernel.Keep(ctx)
	if err != nil {
		return err
	}
	if err := e.dropOld(ctx, keep.OldestCall(now)); err != nil {
		return err
	}
	if before, some := keep.OldestTranscript(now); some {
		if err := e.retainWork(ctx, before, now); err != nil {
			return err
		}
		if err := e.dropTranscripts(ctx, before); err != nil {
			return err
		}
	}
	if err := e.purgeTeams(ctx, now); err != nil {
		return err
	}
	if err := e.purgeSessions(ctx, now); err != nil {
		return err
	}
	return e.db.System(ctx, func(s *dbkernel.System) error {
		if err := dbrepos.Across(s).DropCredentials(ctx, now.Add(-keepDeleted)); err != nil {
			return err
		}
		return dbmodels.Across(s).DropKeys(ctx, now.Add(-keepDeleted))
	})
}

func (e *Engine) dropOld(ctx context.Context, before time.Time) error {
	for n := int64(retainBatch); n >= retainBatch && ctx.Err() == nil; {
		err := e.db.System(ctx, func(s *dbkernel.System) (err error) {
			n, err = dbwork.Across(s).DeleteOldRows(ctx, before, keepChanges, retainBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) dropTranscripts(ctx context.Context, before time.Time) error {
	return e.eachOf(ctx, func(s *dbkernel.System) ([]dbwork.Purged, error) {
		return dbwork.Across(s).OldTranscripts(ctx, before, retainBatch)
	}, e.dropTranscript)
}

// dropTranscript deletes what a session left. Of work that nobody has taken, the tree and the changes are retainWork's.
func (e *Engine) dropTranscript(ctx context.Context, p dbwork.Purged) error {
	var untaken bool
	err := e.db.System(ctx, func(s *dbkernel.System) (err error) {
		if untaken, err = dbwork.Across(s).IsUntaken(ctx, p.SessionRef); err != nil || !untaken {
			return err
		}
		return dbwork.Across(s).DropConversation(ctx, p.SessionRef)
	})
	if err != nil || untaken {
		return err
	}
	return e.removeThen(ctx, p, func(s *dbkernel.System) error { return dbwork.Across(s).DropTranscript(ctx, p.SessionRef) })
}

func (e *Engine) purgeSessions(ctx context.Context, now time.Time) error {
	return e.eachOf(ctx, func(s *dbkernel.System) ([]dbwork.Purged, error) {
		return dbwork.Across(s).DeletedSessions(ctx, now.Add(-keepDeleted), retainBatch)
	}, func(ctx context.Context, p dbwork.Purged) error {
		if err := e.space.DropBranch(ctx, p.Session()); err != nil { // before the transaction, which must not wait for git
			return err
		}
		return e.removeThen(ctx, p, func(s *dbkernel.System) error { return dbwork.Across(s).PurgeSession(ctx, p.SessionRef) })
	})
}

// purge removes the trees and the rows of the listed sessions.
func (e *Engine) purge(ctx context.Context, list func(*dbkernel.System) ([]dbwork.Purged, error), drop func(*dbkernel.System, dbwork.Purged) error) error {
	return e.eachOf(ctx, list, func(ctx context.Context, p dbwork.Purged) error {
		return e.removeThen(ctx, p, func(s *dbkernel.System) error { return drop(s, p) })
	})
}

// removeThen deletes a session's tree before its rows: rows without a tree are found by the next pass, a tree without rows never is.
func (e *Engine) removeThen(ctx context.Context, p dbwork.Purged, drop func(*dbkernel.System) error) error {
	if err := e.space.Remove(ctx, p.Session()); err != nil {
		return err
	}
	return e.db.System(ctx, drop)
}

// eachOf calls do for every listed session until the list is empty. do must take its session off the list.
func (e *Engine) eachOf(ctx context.Context, list func(*dbkernel.System) ([]dbwork.Purged, error), do func(context.Context, dbwork.Purged) error) error {
	for ctx.Err() == nil {
		var found []dbwork.Purged
		err := e.db.SystemView(ctx, func(s *dbkernel.System) (err error) { found, err = list(s); return err })
		if err != nil || len(found) == 0 {
			return err
		}
		for _, p := range found {
			if err := do(ctx, p); err != nil {
				return err
			}
		}
	}
	return nil
}
