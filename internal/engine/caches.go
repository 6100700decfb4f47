package engine

import (
	"context"
	"errors"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// ToolCaches manages the tool caches of repositories. The real one runs check commands on default branches.
type ToolCaches interface {
	// CachesDue reports whether the caches of a repository should be filled now.
	CachesDue(t tenant.ID, r repository.Repository, now time.Time) (bool, error)
	// KeepCaches fills the caches of a repository if its default branch or its check commands changed since the last time.
	KeepCaches(ctx context.Context, t tenant.ID, r repository.Repository, now time.Time) error
	// PruneCaches deletes the caches of repositories that are not live, and those that newer ones replaced.
	PruneCaches(isLive func(tenant.ID, repository.ID) bool) error
}

// KeepCaches deletes tool caches that nobody can use any more and fills those that are due, one repository after the other, as long as
// no session waits for this host.
func (e *Engine) KeepCaches(ctx context.Context) error {
	var all []dbrepos.CacheSource
	err := e.db.SystemView(ctx, func(s *dbkernel.System) (err error) {
		all, err = dbrepos.Across(s).CacheSources(ctx)
		return err
	})
	if err != nil {
		return err
	}
	live := map[dbrepos.RepositoryRef]bool{}
	for _, c := range all {
		live[dbrepos.RepositoryRef{Tenant: c.Tenant, ID: c.Repository.ID}] = true
	}
	err = e.opts.ToolCaches.PruneCaches(func(t tenant.ID, id repository.ID) bool { return live[dbrepos.RepositoryRef{Tenant: t, ID: id}] })
	for _, c := range all {
		err = errors.Join(err, e.keepCaches(ctx, c))
	}
	return err
}

// keepCaches fills the caches of one repository if they are due. A run that fails only means that sessions keep the caches of before.
func (e *Engine) keepCaches(ctx context.Context, c dbrepos.CacheSource) error {
	if !c.Fills || ctx.Err() != nil {
		return nil
	}
	now := e.clock.Now()
	isDue, err := e.opts.ToolCaches.CachesDue(c.Tenant, c.Repository, now)
	if err != nil || !isDue {
		return err
	}
	isBusy, err := e.isBusy(ctx)
	if err != nil || isBusy {
		return err
	}
	if err := e.opts.ToolCaches.KeepCaches(ctx, c.Tenant, c.Repository, now); err != nil && ctx.Err() == nil {
		e.log.Warn("fill tool caches", "tenant", c.Tenant, "repository", c.Repository.ID, "error", err)
	}
	return nil
}

// isBusy reports whether a session waits or the host could start none.
func (e *Engine) isBusy(ctx context.Context) (bool, error) {
	if e.HostFull() != "" {
		return true, nil
	}
	var sessions map[session.Status]int64
	err := e.db.SystemView(ctx, func(s *dbkernel.System) (err error) {
		sessions, _, err = dbwork.Across(s).Totals(ctx)
		return err
	})
	return sessions[session.Queued] > 0, err
}
