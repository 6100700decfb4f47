package work

import (
	"context"
	"errors"
	"fmt"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// refuseInQueue refuses to delete a session whose work waits in a merge queue: it would never be merged, and nobody would be told.
func refuseInQueue(ctx context.Context, sc *dbkernel.Scope, id session.ID) error {
	_, err := dbwork.On(sc).OpenMergeEntryOf(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "This session's work is in the merge queue of its repository. Take it out of the queue or wait until it is merged, then delete the session.")
}

// DropStrayMerges takes entries out of the merge queues whose session or repository was deleted.
func (a *Verbs) DropStrayMerges(ctx context.Context) error {
	var all []dbwork.StrayEntry
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) {
		all, err = dbwork.Across(s).StrayMergeEntries(ctx)
		return err
	})
	for _, one := range all {
		if e := a.dropStray(ctx, one); !errors.Is(e, merge.ErrMoved) {
			err = errors.Join(err, e)
		}
	}
	return err
}

func (a *Verbs) dropStray(ctx context.Context, one dbwork.StrayEntry) error {
	return a.inMerges(ctx, one.Tenant, func(sc *dbkernel.Scope) error {
		e, err := dbwork.On(sc).MergeEntry(ctx, one.ID)
		if err != nil || !e.Status.IsOpen() {
			return err
		}
		q, err := dbwork.On(sc).MergeQueue(ctx, e.Repository)
		if err != nil {
			return err
		}
		note := "Its repository was deleted."
		if one.SessionDeleted {
			note = "Its session was deleted."
		}
		if q.Landing != "" && e.Commit != "" {
			note += fmt.Sprintf(" It was being merged as %.7s, so the base may contain it.", e.Commit)
		}
		e.NotedBy, e.NotedName = "", ""
		return a.endMerge(ctx, sc, e, merge.Removed, note)
	})
}
