package workspace

import (
	"context"
	"io"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// Keep saves the session's work as commits of the bare clone, on the session's branch there if it changed anything. It saves nothing for
// a session without a repository.
func (w *Space) Keep(ctx context.Context, s session.Session) (session.Saved, error) {
	if s.RepositoryID == "" || s.BaseCommit == "" || s.Branch == "" {
		return session.Saved{}, nil
	}
	t := w.opt.Rooms.tree(s)
	saved, err := w.opt.Git.Save(ctx, t, saveOf(s))
	if err != nil || saved.Commit == s.BaseCommit {
		return session.Saved(saved), err
	}
	if err := w.opt.Git.SetBranch(ctx, t.Bare, s.Branch, saved.Commit); err != nil {
		return session.Saved{}, err
	}
	return session.Saved(saved), w.lend(s.Tenant, s.RepositoryID)
}

// saveOf describes the commits of a session's work: they have its title and nothing of its conversation. Their time is that of its start,
// so that the same work is always the same commit.
func saveOf(s session.Session) git.Save {
	at := s.CreatedAt
	if s.StartedAt != nil {
		at = *s.StartedAt
	}
	return git.Save{Base: s.BaseCommit, Message: s.Title + "\n\nOrchestrator-Session: " + string(s.ID), At: at}
}

// Commit returns the tip of the session's branch. Work of a session that an earlier version ran is saved first.
func (w *Space) Commit(ctx context.Context, s session.Session) (string, error) {
	tip, err := w.Tip(ctx, s)
	if err != nil || tip != "" {
		return tip, err
	}
	saved, err := w.Keep(ctx, s)
	if saved.Commit == s.BaseCommit {
		return "", err
	}
	return saved.Commit, err
}

// Tip returns the tip of the session's branch in the bare clone, "" if there is none.
func (w *Space) Tip(ctx context.Context, s session.Session) (string, error) {
	if s.RepositoryID == "" {
		return "", nil
	}
	return w.opt.Git.Branch(ctx, w.opt.Rooms.bare(s.Tenant, s.RepositoryID), s.Branch)
}

// lend lets the team's user read what the server's git has written into a bare clone.
func (w *Space) lend(t tenant.ID, r repository.ID) error {
	uid, err := w.opt.Rooms.User(t)
	if err != nil {
		return err
	}
	return sandbox.Lend(w.opt.Rooms.bare(t, r), uid, true)
}

// DropBranch deletes the session's branch of the bare clone; it is no error if there is none.
func (w *Space) DropBranch(ctx context.Context, s session.Session) error {
	if s.RepositoryID == "" {
		return nil
	}
	return w.opt.Git.DropBranch(ctx, w.opt.Rooms.bare(s.Tenant, s.RepositoryID), s.Branch)
}

// Advertise answers the first request of a git client: it sees the default branch and these branches of sessions.
func (w *Space) Advertise(ctx context.Context, t tenant.ID, r repository.Repository, branches []string, protocol string, to io.Writer) error {
	bare := w.opt.Rooms.bare(t, r.ID)
	if err := w.opt.Git.Show(ctx, bare, r.DefaultBranch, branches); err != nil {
		return err
	}
	return w.opt.Git.Advertise(ctx, bare, protocol, to)
}

// Upload answers a further request of a git client, with nothing but what Advertise has shown.
func (w *Space) Upload(ctx context.Context, t tenant.ID, r repository.ID, protocol string, request []byte, to io.Writer) error {
	return w.opt.Git.Upload(ctx, w.opt.Rooms.bare(t, r), protocol, request, to)
}
