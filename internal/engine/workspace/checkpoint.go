package workspace

import (
	"context"
	"errors"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

// Checkpoint stores the whole working tree of a session.
func (w *Space) Checkpoint(ctx context.Context, s session.Session, earlier string, n int64) (session.Snapshot, error) {
	return w.opt.Git.Checkpoint(ctx, w.opt.Rooms.tree(s), s.BaseCommit, earlier, n)
}

// CompareTrees returns the changes from one stored commit of a session to another.
func (w *Space) CompareTrees(ctx context.Context, s session.Session, from, to string) ([]session.FileChange, []byte, bool, error) {
	d, err := w.opt.Git.CompareCheckpoints(ctx, w.opt.Rooms.tree(s), from, to)
	return d.Files, d.Patch, d.Truncated, err
}

// DropCheckpoints deletes the checkpoints of a session up to number last that are not in keep.
func (w *Space) DropCheckpoints(ctx context.Context, s session.Session, keep []int64, last int64) error {
	return w.opt.Git.DropCheckpoints(ctx, w.opt.Rooms.tree(s), keep, last)
}

// RestoreCheckpoint ends what the session's commands left running and makes its tree that of a checkpoint.
func (w *Space) RestoreCheckpoint(ctx context.Context, s session.Session, to session.Snapshot) (differs bool, err error) {
	t, err := w.prepare(s)
	if err != nil {
		return false, err
	}
	if err := w.Leave(s.Tenant, s.ID); err != nil {
		return false, err
	}
	err = w.opt.Git.Restore(ctx, t, branchOf(s), s.BaseCommit, to.Commit, to.Tree)
	if errors.Is(err, git.ErrDiffers) {
		return true, nil
	}
	return false, err
}

// Fork creates the tree of a session from a checkpoint of another one with the same repository and base.
func (w *Space) Fork(ctx context.Context, from, to session.Session, at session.Snapshot) error {
	t, err := w.prepare(to)
	if err != nil {
		return err
	}
	return w.opt.Git.Fork(ctx, w.opt.Rooms.tree(from), t, branchOf(to), from.BaseCommit, at.Commit, at.Tree)
}

// branchOf is the branch of a session's tree.
func branchOf(s session.Session) string {
	if s.RepositoryID == "" {
		return git.EmptyBranch
	}
	return s.Branch
}
