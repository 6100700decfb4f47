package git

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Tree is the directories of a session's working tree.
type Tree struct {
	// Dir is the agent's clone, which the agent can write to.
	Dir string
	// Own is the server's git directory for reading Dir. Agents cannot write to it.
	Own string
	// Bare is the bare clone from which Dir borrows objects; empty for an empty workspace.
	Bare string
	// Owner is the user who gets a new Dir; 0 means the server's user.
	Owner int
}

// Names in the server's git directory and the bare clone.
const (
	baseRef  = "refs/orchestrator/base"
	basesRef = "refs/orchestrator/bases/"
	// begun is the suffix of incomplete directories.
	begun = ".begun"
	// emptyBranch is the branch of an empty workspace.
	emptyBranch = "main"
)

// attributes override those of a repository: no filters, and no re-encoding that could fail or hide changes.
const attributes = "* !filter !ident !working-tree-encoding !diff !merge\n"

// keptRef is the ref in the bare clone that keeps the tree's base commit. It is named after Own, whose name is the session's.
func (t Tree) keptRef() string {
	return basesRef + strings.TrimSuffix(filepath.Base(t.Own), ".git")
}

// NewTree creates the agent's clone on branch from a branch of origin, a tag or a commit, without a remote, and returns the commit
// from which it starts. If the tree exists, NewTree changes nothing and returns the same commit again.
func (g *Git) NewTree(ctx context.Context, t Tree, branch, from string) (string, error) {
	defer g.lock(t.Own)()
	if base, err := g.base(ctx, t); err != nil || base != "" {
		return base, err
	}
	commit, err := g.Resolve(ctx, t.Bare, from)
	if err != nil {
		return "", err
	}
	if _, err := g.Gaps(ctx, t.Bare, commit); err != nil {
		return "", err
	}
	// The bare clone keeps the commit even if origin deletes every branch that contains it.
	keep := t.keptRef()
	if _, err := g.run(ctx, call{args: []string{"--git-dir=" + t.Bare, "update-ref", keep, commit}, writes: []string{t.Bare}}); err != nil {
		return "", err
	}
	return g.makeTree(ctx, t, branch, from, commit)
}

// NewEmptyTree creates a tree without a repository: it has one commit without files to compare with. If the tree exists, NewEmptyTree
// changes nothing.
func (g *Git) NewEmptyTree(ctx context.Context, t Tree) (string, error) {
	defer g.lock(t.Own)()
	if base, err := g.base(ctx, t); err != nil || base != "" {
		return base, err
	}
	t.Bare = ""
	return g.makeTree(ctx, t, emptyBranch, "", "")
}

// base returns the base commit of a complete tree, or "" if there is none. The server's directory is created last.
func (g *Git) base(ctx context.Context, t Tree) (string, error) {
	if !exists(t.Own) {
		if exists(t.Dir) && !exists(t.Own+begun) {
			return "", fault.New(fault.Conflict, "This server did not create the session's working tree, so the server will not change the tree.")
		}
		return "", nil
	}
	out, err := g.run(ctx, call{args: []string{"--git-dir=" + t.Own, "rev-parse", "--verify", "--quiet", baseRef}, borrows: t.borrowed()})
	if err != nil {
		return "", err
	}
	info, err := os.Lstat(t.Dir)
	if err != nil || !info.IsDir() {
		return "", fault.New(fault.Conflict, "The session's working tree no longer exists, so its changes cannot be shown.").Because(err)
	}
	return strings.TrimSpace(string(out)), nil
}

// borrowed are the directories whose objects the tree's git directories use.
func (t Tree) borrowed() []string {
	if t.Bare == "" {
		return nil
	}
	return []string{t.Bare}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, os.ErrNotExist)
}
