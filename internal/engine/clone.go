package engine

import (
	"context"
	"sync"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

// parallelClones limits how many repositories are cloned at the same time.
const parallelClones = 4

// cloneTimeout limits one clone or fetch.
const cloneTimeout = 30 * time.Minute

// Clone creates or updates the bare clone of every repository that waits for it.
func (e *Engine) Clone(ctx context.Context) error {
	var waiting []dbrepos.RepositoryRef
	err := e.db.SystemView(ctx, func(s *dbkernel.System) (err error) {
		waiting, err = dbrepos.Across(s).UnreadyRepositories(ctx)
		return err
	})
	if err != nil {
		return err
	}
	slots := make(chan struct{}, parallelClones)
	var wg sync.WaitGroup
	for _, r := range waiting {
		slots <- struct{}{}
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			if err := fault.Catch(func() error { e.clone(ctx, r); return nil }); err != nil {
				e.log.Error("clone", "repository", r.ID, "error", err)
			}
		}()
	}
	wg.Wait()
	return nil
}

func (e *Engine) clone(ctx context.Context, ref dbrepos.RepositoryRef) {
	r, credential, err := e.app.Repos.CloneSource(ctx, ref.Tenant, ref.ID)
	if err != nil {
		e.log.Error("read a repository to clone", "repository", ref.ID, "error", err)
		return
	}
	ctx2, cancel := context.WithTimeout(ctx, cloneTimeout)
	defer cancel()
	var found repository.Inspection
	err = fault.Catch(func() (err error) {
		found, err = e.space.Clone(ctx2, ref.Tenant, r, credential, func(line string) {
			_ = e.app.Repos.CloneStatus(ctx, ref.Tenant, ref.ID, repository.Cloning, line)
		})
		return err
	})
	if ctx.Err() != nil {
		return // the server is shutting down: its next start clones the repository again
	}
	if err != nil {
		e.log.Warn("clone", "repository", ref.ID, "error", err)
		err = e.app.Repos.CloneStatus(ctx, ref.Tenant, ref.ID, repository.Failed, sentence(err, "The clone failed. The details are in the server log."))
	} else {
		err = e.app.Repos.Fetched(ctx, ref.Tenant, ref.ID, found)
	}
	if err != nil {
		e.log.Error("store a clone's status", "repository", ref.ID, "error", err)
	}
}

// sentence returns the message of a fault, which people may read, and other for every other error.
func sentence(err error, other string) string {
	if err != nil && fault.KindOf(err) != fault.Internal {
		return err.Error()
	}
	return other
}
