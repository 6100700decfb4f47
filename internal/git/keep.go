package git

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// SetBranch makes a commit of the bare clone the tip of a session's branch there.
func (g *Git) SetBranch(ctx context.Context, bare, branch, commit string) error {
	_, err := g.run(ctx, call{args: []string{"--git-dir=" + bare, "update-ref", "refs/heads/" + branch, commit}, writes: []string{bare}})
	return err
}

// Branch returns the tip of a session's branch in the bare clone, "" if there is none.
func (g *Git) Branch(ctx context.Context, bare, branch string) (string, error) {
	if branch == "" || !exists(bare) {
		return "", nil
	}
	return g.commitOf(ctx, bare, "refs/heads/"+branch)
}

// DropBranch deletes a session's branch in the bare clone; it is no error if there is none.
func (g *Git) DropBranch(ctx context.Context, bare, branch string) error {
	if branch == "" || !exists(bare) {
		return nil
	}
	_, err := g.run(ctx, call{args: []string{"--git-dir=" + bare, "update-ref", "--stdin"}, writes: []string{bare},
		stdin: strings.NewReader("delete refs/heads/" + branch + "\ndelete " + shownRefs + branch + "\n")})
	return err
}

// commitOf returns the commit of a ref, "" if there is none.
func (g *Git) commitOf(ctx context.Context, dir, ref string) (string, error) {
	out, err := g.run(ctx, call{args: []string{"--git-dir=" + dir, "rev-parse", "--verify", "--quiet", "--end-of-options", ref + "^{commit}"}})
	if failed := (*Error)(nil); errors.As(err, &failed) {
		return "", nil
	}
	return strings.TrimSpace(string(out)), err
}

// TreeOf returns the tree of a commit of the bare clone.
func (g *Git) TreeOf(ctx context.Context, bare, commit string) (string, error) {
	return g.treeOf(ctx, bare, commit)
}

// treeOf returns the tree of a commit.
func (g *Git) treeOf(ctx context.Context, dir, commit string) (string, error) {
	out, err := g.run(ctx, call{args: []string{"--git-dir=" + dir, "rev-parse", "--verify", "--end-of-options", commit + "^{tree}"}})
	if err != nil {
		return "", fmt.Errorf("read the tree of a commit: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
