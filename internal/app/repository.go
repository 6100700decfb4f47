package app

import (
	"context"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// CreateRepository registers a repository and has it cloned. The credential is sealed and never shown again.
func (a *App) CreateRepository(ctx context.Context, by tenant.Actor, r repository.Repository, credential string) (repository.Repository, error) {
	r = a.newRepository(r)
	if err := by.May(tenant.EditRepositories); err != nil {
		return r, err
	}
	if err := r.Check(); err != nil {
		return r, err
	}
	if err := a.allowPath(by.Slug, &r); err != nil {
		return r, err
	}
	sealed := ""
	if credential != "" {
		sealed = a.keys.Seal(credentialPlace(by.Tenant, r.ID), credential)
		r.HasCredential = true
	}
	return r, a.write(ctx, by, tenant.EditRepositories, func(sc *dbkernel.Scope) error {
		if err := keepable(ctx, sc, "Not cloned"); err != nil {
			return err
		}
		if err := dbrepos.On(sc).CreateRepository(ctx, r, sealed); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.Hub.RingBell(Clones) })
		return a.audit(ctx, sc, by, "create_repository", string(r.ID), r.Name+withSecret(r.HasCredential, ", with a credential"))
	})
}

func (a *App) newRepository(r repository.Repository) repository.Repository {
	r.ID, r.Status, r.CreatedAt = repository.ID(id.New()), repository.Cloning, a.clock.Now()
	r.Name, r.URL, r.Path = strings.TrimSpace(r.Name), strings.TrimSpace(r.URL), strings.TrimSpace(r.Path)
	if r.DefaultBranch = strings.TrimSpace(r.DefaultBranch); r.DefaultBranch == "" {
		r.DefaultBranch = "main"
	}
	commands := make([]string, 0, len(r.CheckCommands))
	for _, c := range r.CheckCommands {
		if c = strings.TrimSpace(c); c != "" {
			commands = append(commands, c)
		}
	}
	r.CheckCommands = commands
	return r
}

// allowPath resolves a local path below the roots the operator gave this team.
func (a *App) allowPath(slug string, r *repository.Repository) error {
	if r.Path == "" {
		return nil
	}
	roots := a.opts.RepoRoots[slug]
	if len(roots) == 0 {
		return fault.Field("path", "This team may not register local repositories. The operator can allow a directory with --repo-root %s=DIR.", slug)
	}
	clean, err := a.opts.AllowedPath(roots, r.Path)
	if err != nil {
		return fault.Field("path", "%s", err.Error())
	}
	r.Path = clean
	return nil
}

func credentialPlace(t tenant.ID, r repository.ID) secret.Place {
	return secret.Place{Tenant: string(t), Table: "repositories", Row: string(r), Column: "credential"}
}

// Repositories lists the team's repositories by name.
func (a *App) Repositories(ctx context.Context, by tenant.Actor) (rs []repository.Repository, err error) {
	err = a.read(ctx, by, tenant.ReadRepositories, func(sc *dbkernel.Scope) error { rs, err = dbrepos.On(sc).Repositories(ctx); return err })
	return rs, err
}

// Repository reads one repository.
func (a *App) Repository(ctx context.Context, by tenant.Actor, rid repository.ID) (r repository.Repository, err error) {
	if err := checkID("repository", string(rid)); err != nil {
		return r, err
	}
	err = a.read(ctx, by, tenant.ReadRepositories, func(sc *dbkernel.Scope) error { r, err = dbrepos.On(sc).Repository(ctx, rid); return err })
	return r, err
}

// UpdateRepository changes the default branch and the check commands; where it comes from never changes.
func (a *App) UpdateRepository(ctx context.Context, by tenant.Actor, change repository.Repository) error {
	return a.editRepository(ctx, by, change.ID, "update_repository", func(sc *dbkernel.Scope, r repository.Repository) error {
		r.DefaultBranch, r.CheckCommands = change.DefaultBranch, change.CheckCommands
		n := a.newRepository(r)
		n.ID = r.ID
		if err := n.Check(); err != nil {
			return err
		}
		return dbrepos.On(sc).UpdateRepository(ctx, n)
	})
}

// RetryClone clones again after a failure, or fetches what is new.
func (a *App) RetryClone(ctx context.Context, by tenant.Actor, rid repository.ID) error {
	return a.editRepository(ctx, by, rid, "clone_repository", func(sc *dbkernel.Scope, _ repository.Repository) error {
		if err := keepable(ctx, sc, "Not cloned"); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.Hub.RingBell(Clones) })
		return dbrepos.On(sc).SetRepositoryStatus(ctx, rid, repository.Cloning, "")
	})
}

// DeleteRepository hides a repository; sessions that used it keep their trees and transcripts.
func (a *App) DeleteRepository(ctx context.Context, by tenant.Actor, rid repository.ID) error {
	return a.editRepository(ctx, by, rid, "delete_repository", func(sc *dbkernel.Scope, _ repository.Repository) error {
		return dbrepos.On(sc).DeleteRepository(ctx, rid, a.clock.Now())
	})
}

func (a *App) editRepository(ctx context.Context, by tenant.Actor, rid repository.ID, verb string, fn func(*dbkernel.Scope, repository.Repository) error) error {
	if err := checkID("repository", string(rid)); err != nil {
		return err
	}
	return a.write(ctx, by, tenant.EditRepositories, func(sc *dbkernel.Scope) error {
		r, err := dbrepos.On(sc).Repository(ctx, rid)
		if err != nil {
			return err
		}
		if err := fn(sc, r); err != nil {
			return err
		}
		return a.audit(ctx, sc, by, verb, string(rid), r.Name)
	})
}

// CloneSource is a repository with its credential opened, for the loop that clones and fetches.
func (a *App) CloneSource(ctx context.Context, t tenant.ID, rid repository.ID) (r repository.Repository, credential string, err error) {
	var sealed string
	err = a.db.View(ctx, t, func(sc *dbkernel.Scope) error {
		if r, err = dbrepos.On(sc).Repository(ctx, rid); err != nil {
			return err
		}
		sealed, err = dbrepos.On(sc).RepositoryCredential(ctx, rid)
		return err
	})
	if err == nil && sealed != "" {
		credential, err = a.keys.Open(credentialPlace(t, rid), sealed)
	}
	return r, credential, err
}

// CloneStatus stores where a clone stands; Progress is what git said last or why it failed.
func (a *App) CloneStatus(ctx context.Context, t tenant.ID, rid repository.ID, st repository.Status, progress string) error {
	return a.db.Update(ctx, t, func(sc *dbkernel.Scope) error {
		return dbrepos.On(sc).SetRepositoryStatus(ctx, rid, st, text.Cut(progress, 500))
	})
}
