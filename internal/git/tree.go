package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Tree is the directories of a session's working tree.
type Tree struct {
	// Dir is the agent's working tree, which the agent can write to.
	Dir string
	// Git is the git directory of Dir, beside it. The agent's commands can write to it.
	Git string
	// Own is the server's git directory for reading Dir. Agents cannot write to it.
	Own string
	// Bare is the bare clone from which Dir borrows objects; empty for an empty workspace.
	Bare string
	// Owner is the user who gets a new Dir; 0 means the server's user.
	Owner int
}

// Begun is the suffix of Own while a tree is incomplete: with it, Dir is ours although it is not complete.
const Begun = ".begun"

// Names in the server's git directory and the bare clone.
const (
	baseRef  = "refs/orchestrator/base"
	basesRef = "refs/orchestrator/bases/"
	// EmptyBranch is the branch of an empty workspace.
	EmptyBranch = "main"
)

// pointTo makes Dir/.git a file that names the git directory as it will be called, by its path from there, which stays right if the data
// directory is moved. It replaces anything else that an agent left there.
func (t Tree) pointTo(dir string) error {
	path, err := filepath.Rel(t.Dir, dir)
	if err != nil {
		return fmt.Errorf("name the working tree's git directory: %w", err)
	}
	text := "gitdir: " + path + "\n"
	root, err := os.OpenRoot(t.Dir)
	if err != nil {
		return fmt.Errorf("open the working tree: %w", err)
	}
	defer root.Close()
	if holds(root, ".git", text) {
		return nil
	}
	if err := root.RemoveAll(".git"); err != nil {
		return fmt.Errorf("replace .git in the working tree: %w", err)
	}
	f, err := root.OpenFile(".git", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write .git in the working tree: %w", err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err == nil && t.Owner > 0 {
		err = root.Lchown(".git", t.Owner, t.Owner)
	}
	return err
}

// holds reports whether a name is a regular file with a text.
func holds(root *os.Root, name, text string) bool {
	info, err := root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := openRegular(root, name)
	if err != nil {
		return false
	}
	defer f.Close()
	now, err := io.ReadAll(io.LimitReader(f, int64(len(text)+1)))
	return err == nil && string(now) == text
}

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
	return g.makeTree(ctx, t, EmptyBranch, "", "")
}

// base returns the base commit of a complete tree, or "" if there is none. The server's directory is created last.
func (g *Git) base(ctx context.Context, t Tree) (string, error) {
	if !exists(t.Own) {
		if exists(t.Dir) && !exists(t.Own+Begun) {
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
	if exists(t.Git) { // else an earlier version made the tree, which contains its git directory
		err = t.pointTo(t.Git)
	}
	return strings.TrimSpace(string(out)), err
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
