package repos

import (
	"context"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// CreateRepository registers a repository and has it cloned. The credential is sealed and never shown again.
func (a *Verbs) CreateRepository(ctx context.Context, by tenant.Actor, r repository.Repository, credential string) (repository.Repository, error) {
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
		sealed = a.k.Keys.Seal(credentialPlace(by.Tenant, r.ID), credential)
		r.HasCredential = true
	}
	return r, a.k.Write(ctx, by, tenant.EditRepositories, func(sc *dbkernel.Scope) error {
		if err := appmodels.Keepable(ctx, sc, "Not cloned"); err != nil {
			return err
		}
		if err := dbrepos.On(sc).CreateRepository(ctx, r, sealed); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.k.Hub.RingBell(appkernel.Clones) })
		return a.k.Audit(ctx, sc, by, "create_repository", string(r.ID), r.Name+appkernel.WithSecret(r.HasCredential, ", with a credential"))
	})
}

func (a *Verbs) newRepository(r repository.Repository) repository.Repository {
	r.ID, r.Status, r.CreatedAt = repository.ID(id.New()), repository.Cloning, a.k.Clock.Now()
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
func (a *Verbs) allowPath(slug string, r *repository.Repository) error {
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
func (a *Verbs) Repositories(ctx context.Context, by tenant.Actor) (rs []repository.Repository, err error) {
	err = a.k.Read(ctx, by, tenant.ReadRepositories, func(sc *dbkernel.Scope) error { rs, err = dbrepos.On(sc).Repositories(ctx); return err })
	return rs, err
}

// Repository reads one repository.
func (a *Verbs) Repository(ctx context.Context, by tenant.Actor, rid repository.ID) (r repository.Repository, err error) {
	if err := appkernel.CheckID("repository", string(rid)); err != nil {
		return r, err
	}
	err = a.k.Read(ctx, by, tenant.ReadRepositories, func(sc *dbkernel.Scope) error { r, err = dbrepos.On(sc).Repository(ctx, rid); return err })
	return r, err
}

// UpdateRepository changes the default branch and the check commands; where it comes from never changes.
func (a *Verbs) UpdateRepository(ctx context.Context, by tenant.Actor, change repository.Repository) error {
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
func (a *Verbs) RetryClone(ctx context.Context, by tenant.Actor, rid repository.ID) error {
	return a.editRepository(ctx, by, rid, "clone_repository", func(sc *dbkernel.Scope, _ repository.Repository) error {
		if err := appmodels.Keepable(ctx, sc, "Not cloned"); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.k.Hub.RingBell(appkernel.Clones) })
		return dbrepos.On(sc).SetRepositoryStatus(ctx, rid, repository.Cloning, "")
	})
}

// DeleteRepository hides a repository; sessions that used it keep their trees and transcripts.
func (a *Verbs) DeleteRepository(ctx context.Context, by tenant.Actor, rid repository.ID) error {
	return a.editRepository(ctx, by, rid, "delete_repository", func(sc *dbkernel.Scope, _ repository.Repository) error {
		return dbrepos.On(sc).DeleteRepository(ctx, rid, a.k.Clock.Now())
	})
}

func (a *Verbs) editRepository(ctx context.Context, by tenant.Actor, rid repository.ID, verb string, fn func(*dbkernel.Scope, repository.Repository) error) error {
	if err := appkernel.CheckID("repository", string(rid)); err != nil {
		return err
	}
	return a.k.Write(ctx, by, tenant.EditRepositories, func(sc *dbkernel.Scope) error {
		r, err := dbrepos.On(sc).Repository(ctx, rid)
		if err != nil {
			return err
		}
		if err := fn(sc, r); err != nil {
			return err
		}
		return a.k.Audit(ctx, sc, by, verb, string(rid), r.Name)
	})
}

// CloneSource is a repository with its credential opened, for the loop that clones and fetches.
func (a *Verbs) CloneSource(ctx context.Context, t tenant.ID, rid repository.ID) (r repository.Repository, credential string, err error) {
	var sealed string
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error {
		if r, err = dbrepos.On(sc).Repository(ctx, rid); err != nil {
			return err
		}
		sealed, err = dbrepos.On(sc).RepositoryCredential(ctx, rid)
		return err
	})
	if err == nil && sealed != "" {
		credential, err = a.k.Keys.Open(credentialPlace(t, rid), sealed)
	}
	return r, credential, err
}

// CloneStatus stores where a clone stands; Progress is what git said last or why it failed.
func (a *Verbs) CloneStatus(ctx context.Context, t tenant.ID, rid repository.ID, st repository.Status, progress string) error {
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		return dbrepos.On(sc).SetRepositoryStatus(ctx, rid, st, text.Cut(progress, 500))
	})
}
