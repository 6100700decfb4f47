package workspace

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

// Save stores a session's work in the bare clone of its repository: the agent's commits, and one with everything that it did not commit.
// The commits follow onto, if it is not empty. If the session's tree no longer exists, Save returns what was saved last.
func (w *Space) Save(ctx context.Context, s session.Session, onto string) (session.Saved, error) {
	t := w.opt.Rooms.tree(s)
	if _, err := os.Lstat(t.Own); errors.Is(err, fs.ErrNotExist) || s.BaseCommit == "" {
		return w.savedBefore(ctx, t, s)
	}
	work := saveOf(s)
	work.Onto = onto
	saved, err := w.opt.Git.Save(ctx, t, work)
	if err != nil {
		return session.Saved{}, err
	}
	return session.Saved(saved), w.lend(s.Tenant, s.RepositoryID)
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
