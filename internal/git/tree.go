package git

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Tree names the places of a session's tree.
type Tree struct {
	// Dir is the agent's own clone, in which it may write everything.
	Dir string
	// Own is the server's git directory for reading Dir; no agent may write it.
	Own string
	// Bare is the bare clone Dir borrows objects from; empty for an empty workspace.
	Bare string
	// Owner is the user a new Dir is handed over to; 0 is the server's own.
	Owner int
}

// Names in the server's git directory and in the bare clone.
const (
	baseRef  = "refs/orchestrator/base"
	basesRef = "refs/orchestrator/bases/"
	// begun ends the names of what is not whole yet.
	begun = ".begun"
	// emptyBranch is where an empty workspace starts.
	emptyBranch = "main"
)

// attributes hold over those of a repository: no filters, no re-encoding that could fail or hide something.
const attributes = "* !filter !ident !working-tree-encoding !diff !merge\n"

// NewTree makes the agent's own clone on branch from a branch of origin, a tag or a commit, without a remote, and gives
// the commit it starts from. Where the tree is there already, it changes nothing and gives that commit again.
func (g *Git) NewTree(ctx context.Context, t Tree, branch, from string) (string, error) {
	defer g.lock(t.Own)()
	if base, err := g.base(ctx, t); err != nil || base != "" {
		return base, err
	}
	commit, err := g.Resolve(ctx, t.Bare, from)
	if err != nil {
		return "", err
	}
	// The bare clone keeps the commit even when origin drops every branch with it.
	keep := basesRef + filepath.Base(t.Dir)
	if _, err := g.run(ctx, call{args: []string{"--git-dir=" + t.Bare, "update-ref", keep, commit}}); err != nil {
		return "", err
	}
	return g.makeTree(ctx, t, branch, from, commit)
}

// NewEmptyTree makes a tree without a repository behind it: one commit without files, so that there is something to
// compare with. Where the tree is there already, it changes nothing.
func (g *Git) NewEmptyTree(ctx context.Context, t Tree) (string, error) {
	defer g.lock(t.Own)()
	if base, err := g.base(ctx, t); err != nil || base != "" {
		return base, err
	}
	t.Bare = ""
	return g.makeTree(ctx, t, emptyBranch, "", "")
}

// base is the commit of a tree that is whole; empty when there is none. The server's directory is made last.
func (g *Git) base(ctx context.Context, t Tree) (string, error) {
	if !exists(t.Own) {
		if exists(t.Dir) && !exists(t.Own+begun) {
			return "", fault.New(fault.Conflict, "The session's tree was not made by this server; it stays as it is.")
		}
		return "", nil
	}
	out, err := g.run(ctx, call{args: []string{"--git-dir=" + t.Own, "rev-parse", "--verify", "--quiet", baseRef}})
	if err != nil {
		return "", err
	}
	info, err := os.Lstat(t.Dir)
	if err != nil || !info.IsDir() {
		return "", fault.New(fault.Conflict, "The session's tree is gone; its changes cannot be read.").Because(err)
	}
	return strings.TrimSpace(string(out)), nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, os.ErrNotExist)
}
