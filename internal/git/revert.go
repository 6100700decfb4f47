package git

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

// deepestRevert is how many reverts of reverts are followed.
const deepestRevert = 5

// Reverted reports whether a merge was undone, as far as a bare clone shows: the base branch of origin no longer contains the commit, or it
// has a later commit that reverts it, and that one was not reverted. A commit that the clone does not have is not reverted.
func (g *Git) Reverted(ctx context.Context, bare, base, commit string) (bool, error) {
	if err := repository.CheckRef("base", base); err != nil {
		return false, err
	}
	if !commitPattern.MatchString(commit) {
		return false, fmt.Errorf("%q is not a commit", commit)
	}
	branch := "refs/remotes/origin/" + base
	for _, name := range []string{commit, branch} {
		if isThere, err := g.succeeds(ctx, bare, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}"); err != nil || !isThere {
			return false, err
		}
	}
	isIn, err := g.succeeds(ctx, bare, "merge-base", "--is-ancestor", commit, branch)
	if err != nil || !isIn {
		return err == nil, err
	}
	return g.hasRevert(ctx, bare, branch, commit, deepestRevert)
}

func (g *Git) hasRevert(ctx context.Context, bare, branch, commit string, depth int) (bool, error) {
	if depth == 0 {
		return false, nil
	}
	out, err := g.run(ctx, call{args: []string{"--git-dir=" + bare, "rev-list", "--max-count=20", "--fixed-strings", "--grep=This reverts commit " + commit, commit + ".." + branch}})
	if err != nil {
		return false, err
	}
	for _, revert := range strings.Fields(string(out)) {
		isUndone, err := g.hasRevert(ctx, bare, branch, revert, depth-1)
		if err != nil || !isUndone {
			return err == nil, err
		}
	}
	return false, nil
}

// succeeds runs a command whose exit code is its answer.
func (g *Git) succeeds(ctx context.Context, bare string, args ...string) (bool, error) {
	_, err := g.run(ctx, call{args: append([]string{"--git-dir=" + bare}, args...)})
	var failed *Error
	if errors.As(err, &failed) && (failed.Exit == 1 || args[0] == "rev-parse") {
		return false, nil
	}
	return err == nil, err
}
