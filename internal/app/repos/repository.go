package repos

import (
	"context"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
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

// CreateRepository adds a repository and clones it. The credential is stored encrypted and never returned.
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
	r.HasCredential = credential != ""
	return r, a.k.Write(ctx, by, tenant.EditRepositories, func(sc *dbkernel.Scope) error {
		if err := appmodels.CheckStorage(ctx, sc, "Not cloned"); err != nil {
			return err
		}
		if err := dbrepos.On(sc).CreateRepository(ctx, r, a.sealCredential(by.Tenant, r.ID, credential)); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.k.Hub.RingBell(appkernel.Clones) })
		return a.k.Audit(ctx, sc, by, "create_repository", string(r.ID), r.Name+appkernel.SuffixIf(r.HasCredential, ", with a credential")+
			appkernel.SuffixIf(r.ChecksInShell, ", checks in a shell"))
	})
}

// newRepository returns r with its texts trimmed, a new ID and the defaults.
func (a *Verbs) newRepository(r repository.Repository) repository.Repository {
	r.ID, r.Status, r.CreatedAt = repository.ID(id.New()), repository.Cloning, a.k.Clock.Now()
	r.Name, r.URL, r.Path = strings.TrimSpace(r.Name), text.URL(strings.TrimSpace(r.URL)), strings.TrimSpace(r.Path)
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

// allowPath checks that a local path is below a root that the operator allows for this team.
func (a *Verbs) allowPath(slug string, r *repository.Repository) error {
	if r.Path == "" {
		return nil
	}
	roots := a.opts.RepoRoots[slug]
	if len(roots) == 0 {
		return fault.Field("path", "This team cannot add local repositories. The operator can allow a directory with --repo-root %s=DIR.", slug)
	}
	clean, err := a.opts.AllowedPath(roots, r.Path)
	if err != nil {
		return fault.Field("path", "%s", err.Error())
	}
	r.Path = clean
	return nil
}

// CheckWritable refuses a push to a local repository unless it is below a directory to which the operator allows this team to push.
func (a *Verbs) CheckWritable(slug string, r repository.Repository) error {
	if r.Path == "" {
		return nil
	}
	roots := a.opts.WritableRoots[slug]
	if len(roots) > 0 {
		if _, err := a.opts.AllowedPath(roots, r.Path); err == nil {
			return nil
		}
	}
	return fault.New(fault.Conflict, "The server only reads the local repository %s. The operator can allow pushes with --repo-root %s=DIR:rw, where DIR contains the repository. Until then, download the patch.", r.Name, slug)
}

// CheckLanding is CheckWritable for work that the server does by itself: the operator may have taken the permission back since a person
// asked for it.
func (a *Verbs) CheckLanding(ctx context.Context, t tenant.ID, r repository.Repository) error {
	if r.Path == "" {
		return nil
	}
	var team tenant.Tenant
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) { team, err = dbpeople.Across(s).Tenant(ctx, t); return err })
	if err != nil {
		return err
	}
	return a.CheckWritable(team.Slug, r)
}

func credentialPlace(t tenant.ID, r repository.ID) secret.Place {
	return secret.Place{Tenant: string(t), Table: "repositories", Row: string(r), Column: "credential"}
}

// Repositories returns the team's repositories by name.
func (a *Verbs) Repositories(ctx context.Context, by tenant.Actor) ([]repository.Repository, error) {
	return appkernel.ReadOne(ctx, a.k, by, tenant.ReadRepositories, dbrepos.On, dbrepos.Scope.Repositories)
}

// Repository returns one repository, without its credential.
func (a *Verbs) Repository(ctx context.Context, by tenant.Actor, rid repository.ID) (r repository.Repository, err error) {
	if err := appkernel.CheckID("repository", string(rid)); err != nil {
		return r, err
	}
	err = a.k.Read(ctx, by, tenant.ReadRepositories, func(sc *dbkernel.Scope) error { r, err = dbrepos.On(sc).Repository(ctx, rid); return err })
	return r, err
}

// UpdateRepository changes the default branch, the check commands, and whether a shell runs them. MoveRepository changes the clone URL.
// With another default branch, the repository is fetched again, which reports whether sessions can start from it.
func (a *Verbs) UpdateRepository(ctx context.Context, by tenant.Actor, change repository.Repository) error {
	return a.editRepositoryAs(ctx, by, change.ID, "update_repository", func(sc *dbkernel.Scope, r repository.Repository) (string, error) {
		was := r
		r.DefaultBranch, r.CheckCommands, r.ChecksInShell = change.DefaultBranch, change.CheckCommands, change.ChecksInShell
		n := a.newRepository(r)
		n.ID = r.ID
		if err := n.Check(); err != nil {
			return "", err
		}
		if err := dbrepos.On(sc).UpdateRepository(ctx, n); err != nil {
			return "", err
		}
		return appkernel.SuffixIf(n.ChecksInShell && !was.ChecksInShell, ", checks in a shell") + appkernel.SuffixIf(!n.ChecksInShell && was.ChecksInShell, ", checks without a shell"),
			a.fetchIf(ctx, sc, n, n.DefaultBranch != was.DefaultBranch)
	})
}

// fetchIf lets the loop fetch a repository again.
func (a *Verbs) fetchIf(ctx context.Context, sc *dbkernel.Scope, r repository.Repository, needed bool) error {
	if !needed {
		return nil
	}
	sc.AfterCommit(func() { a.k.Hub.RingBell(appkernel.Clones) })
	return dbrepos.On(sc).SetRepositoryStatus(ctx, r.ID, repository.Cloning, "")
}

// RetryClone clones again after a failure, or fetches.
func (a *Verbs) RetryClone(ctx context.Context, by tenant.Actor, rid repository.ID) error {
	return a.editRepository(ctx, by, rid, "clone_repository", func(sc *dbkernel.Scope, _ repository.Repository) error {
		if err := appmodels.CheckStorage(ctx, sc, "Not cloned"); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.k.Hub.RingBell(appkernel.Clones) })
		return dbrepos.On(sc).SetRepositoryStatus(ctx, rid, repository.Cloning, "")
	})
}

// DeleteRepository hides a repository. Sessions that used it keep their changes and conversations.
func (a *Verbs) DeleteRepository(ctx context.Context, by tenant.Actor, rid repository.ID) error {
	return a.editRepository(ctx, by, rid, "delete_repository", func(sc *dbkernel.Scope, _ repository.Repository) error {
		sc.AfterCommit(func() { a.k.Hub.RingBell(appkernel.Merges) }) // its merge queue is emptied
		return dbrepos.On(sc).DeleteRepository(ctx, rid, a.k.Clock.Now())
	})
}

func (a *Verbs) editRepository(ctx context.Context, by tenant.Actor, rid repository.ID, verb string, fn func(*dbkernel.Scope, repository.Repository) error) error {
	return a.editRepositoryAs(ctx, by, rid, verb, func(sc *dbkernel.Scope, r repository.Repository) (string, error) { return "", fn(sc, r) })
}

// editRepositoryAs is editRepository for a change that adds something to the audit log's text.
func (a *Verbs) editRepositoryAs(ctx context.Context, by tenant.Actor, rid repository.ID, verb string, fn func(*dbkernel.Scope, repository.Repository) (string, error)) error {
	if err := appkernel.CheckID("repository", string(rid)); err != nil {
		return err
	}
	return a.k.Write(ctx, by, tenant.EditRepositories, func(sc *dbkernel.Scope) error {
		r, err := dbrepos.On(sc).Repository(ctx, rid)
		if err != nil {
			return err
		}
		detail, err := fn(sc, r)
		if err != nil {
			return err
		}
		return a.k.Audit(ctx, sc, by, verb, string(rid), r.Name+detail)
	})
}

// CloneSource returns a repository with its decrypted credential, for the loop that clones and fetches.
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

// CloneStatus stores the status of a clone; progress is the last output of git or the reason of a failure.
func (a *Verbs) CloneStatus(ctx context.Context, t tenant.ID, rid repository.ID, st repository.Status, progress string) error {
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		return dbrepos.On(sc).SetRepositoryStatus(ctx, rid, st, text.Cut(progress, 500))
	})
}

// Fetched stores what a fetch of a repository brought. The repository is ready if sessions can start from its default branch. A
// repository that was deleted in the meantime is no error.
func (a *Verbs) Fetched(ctx context.Context, t tenant.ID, rid repository.ID, found repository.Inspection) error {
	err := a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		r, err := dbrepos.On(sc).Repository(ctx, rid)
		if err != nil {
			return err
		}
		if found.Default != r.DefaultBranch {
			return a.fetchIf(ctx, sc, r, true) // a lead changed it during the fetch
		}
		status, why := repository.Ready, found.Problem()
		if why != "" {
			status = repository.Unusable
		}
		found.At = a.k.Clock.Now()
		return dbrepos.On(sc).SetRepositoryInspection(ctx, rid, status, text.Cut(why, 2000), found)
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
