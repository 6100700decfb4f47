package workspace

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

// PushBranch pushes a commit to a branch of a repository's remote that does not exist there, or is at that commit already.
func (w *Space) PushBranch(ctx context.Context, t tenant.ID, r repository.Repository, credential, branch, commit string) error {
	src, err := w.source(ctx, t, r, credential)
	if err != nil {
		return err
	}
	return w.opt.Git.Push(ctx, git.Push{Source: src, Bare: w.opt.Rooms.bare(t, r.ID), Commit: commit, Branch: branch})
}

// BranchTip returns the tip of a branch of a repository's remote as it was at the last fetch; empty if there was none.
func (w *Space) BranchTip(ctx context.Context, t tenant.ID, r repository.ID, branch string) (string, error) {
	tip, err := w.opt.Git.Resolve(ctx, w.opt.Rooms.bare(t, r), branch)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return tip, err
}
