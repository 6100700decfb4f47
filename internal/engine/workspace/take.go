package workspace

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// Save stores a session's work in the bare clone of its repository: the agent's commits, and one with everything that it did not commit.
// The commits follow onto, if it is not empty. If the session's tree no longer exists, Save returns what was saved last.
func (w *Space) Save(ctx context.Context, s session.Session, onto string) (session.Saved, error) {
	t := w.opt.Rooms.tree(s)
	if _, err := os.Lstat(t.Own); errors.Is(err, fs.ErrNotExist) || s.BaseCommit == "" {
		return w.savedBefore(ctx, t, s)
	}
	saved, err := w.opt.Git.Save(ctx, t, git.Save{Base: s.BaseCommit, Onto: onto, Message: s.Title, At: endOf(s)})
	if err != nil {
		return session.Saved{}, err
	}
	return session.Saved(saved), w.lendBare(s.Tenant, s.RepositoryID)
}

// savedBefore returns the work of a session whose tree no longer exists.
func (w *Space) savedBefore(ctx context.Context, t git.Tree, s session.Session) (session.Saved, error) {
	commit, err := w.opt.Git.Work(ctx, t)
	if err == nil && commit == "" {
		err = fault.New(fault.Conflict, "The session's working tree no longer exists on this server, and its work was not saved as commits. Download the patch instead.")
	}
	if err != nil {
		return session.Saved{}, err
	}
	saved := session.Saved{Commit: commit}
	saved.Commits, err = w.opt.Git.CountCommits(ctx, t, s.BaseCommit, commit)
	return saved, err
}

// endOf is the time of the commit with a session's work, which is the same whenever it is saved.
func endOf(s session.Session) time.Time {
	if s.EndedAt != nil {
		return *s.EndedAt
	}
	return s.StatusAt
}

// Publish sends a commit of the bare clone to a branch of the repository: by a push, or for a local repository by writing the branch there.
func (w *Space) Publish(ctx context.Context, s session.Session, p session.Publication) (session.Published, error) {
	r, credential, err := w.opt.Source(ctx, s.Tenant, s.RepositoryID)
	if err != nil {
		return session.Published{}, err
	}
	bare := w.opt.Rooms.bare(s.Tenant, s.RepositoryID)
	if r.Path != "" {
		placed, err := w.opt.Git.Place(ctx, git.Place{Path: r.Path, Bare: bare, Commit: p.Commit, Base: s.BaseCommit, Branch: p.Branch, Expect: p.Expect})
		return session.Published{Branch: placed.Branch, InUse: placed.InUse, Local: true}, err
	}
	src, err := w.source(ctx, s.Tenant, r, credential)
	if err != nil {
		return session.Published{}, err
	}
	err = w.opt.Git.Push(ctx, git.Push{Source: src, Bare: bare, Commit: p.Commit, Branch: p.Branch, Expect: p.Expect})
	return session.Published{Branch: p.Branch}, err
}

// source is where a repository comes from, with its credential and the key of its host.
func (w *Space) source(ctx context.Context, t tenant.ID, r repository.Repository, credential string) (git.Source, error) {
	src := git.Source{URL: r.URL, Path: r.Path, Credential: credential}
	if w.opt.HostKeys == nil {
		return src, nil
	}
	key, err := w.opt.HostKeys.PinnedKey(ctx, t, r.ID)
	src.HostKey, src.Trust = key, func(ctx context.Context, key string) error { return w.opt.HostKeys.CheckHostKey(ctx, t, r.ID, key) }
	return src, err
}

// lendBare lets the team's user read everything in a bare clone.
func (w *Space) lendBare(t tenant.ID, r repository.ID) error {
	uid, err := w.opt.Rooms.User(t)
	if err != nil {
		return err
	}
	return sandbox.Lend(w.opt.Rooms.bare(t, r), uid, true)
}
