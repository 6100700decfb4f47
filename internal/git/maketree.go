package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
	"github.com/industrial-orchestrator/orchestrator/internal/walk"
)

// makeTree fills the agent's clone and the server's directory. The agent's directories are filled where they are, because an agent server
// that was started beforehand has them mounted. Until the server's directory has its name, nothing is used, and the next call begins anew.
func (g *Git) makeTree(ctx context.Context, t Tree, branch, from, commit string) (string, error) {
	part := Tree{Dir: t.Dir, Git: t.Git, Own: t.Own + Begun, Bare: t.Bare}
	if err := t.Begin(); err != nil {
		return "", err
	}
	for dir, kept := range map[string]string{part.Own: "", part.Git: "", part.Dir: ".git"} {
		if err := errors.Join(empty(dir, kept), takeBack(dir)); err != nil {
			return "", fmt.Errorf("remove an incomplete working tree: %w", err)
		}
	}
	if err := g.initTree(ctx, part, branch); err != nil {
		return "", err
	}
	if t.Bare == "" {
		var err error
		if commit, err = g.emptyCommit(ctx, part); err != nil {
			return "", err
		}
	}
	if err := g.checkOut(ctx, part, branch, from, commit); err != nil {
		return "", err
	}
	if err := part.pointTo(t.Git); err != nil {
		return "", err
	}
	if err := errors.Join(sandbox.Own(part.Dir, t.Owner), sandbox.Own(part.Git, t.Owner)); err != nil {
		return "", err
	}
	if err := os.Rename(part.Own, t.Own); err != nil {
		return "", fmt.Errorf("rename the working tree: %w", err)
	}
	return commit, nil
}

// Begin creates the empty directories of a tree, if there is no tree yet, for an agent server that starts while NewTree or NewEmptyTree
// fills them. Its .git already names the git directory.
func (t Tree) Begin() error {
	if exists(t.Own) || exists(t.Dir) && !exists(t.Own+Begun) {
		return nil // the tree is complete, or not ours
	}
	for _, dir := range []string{t.Own + Begun, t.Git, t.Dir} { // the first one says that the others are incomplete
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("create the directory for the working tree: %w", err)
		}
	}
	if err := t.pointTo(t.Git); err != nil {
		return err
	}
	return errors.Join(sandbox.Own(t.Dir, t.Owner), sandbox.Own(t.Git, t.Owner))
}

// empty removes everything in dir but the name kept.
func empty(dir, kept string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.Name() != kept {
			err = errors.Join(err, walk.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// takeBack makes a directory the server's again, which hands it to the user of git: without capabilities, root could not write to it.
func takeBack(dir string) error {
	if os.Geteuid() != 0 || !exists(dir) {
		return nil
	}
	return os.Lchown(dir, 0, -1)
}

// initTree creates both git directories, which borrow objects from the bare clone.
func (g *Git) initTree(ctx context.Context, t Tree, branch string) error {
	for _, dir := range []string{t.Dir, t.Git, t.Own} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("create the directory for the working tree: %w", err)
		}
	}
	for _, dir := range []string{t.Git, t.Own} {
		if _, err := g.run(ctx, call{args: []string{"init", "--quiet", "--template=", "--initial-branch=" + branch, "--bare", "--", dir}, writes: []string{dir}}); err != nil {
			return err
		}
		files := map[string]string{"info/attributes": attributes}
		if t.Bare != "" {
			files["objects/info/alternates"] = filepath.Join(t.Bare, "objects") + "\n"
		}
		for name, text := range files {
			if err := writeFile(filepath.Join(dir, name), text); err != nil {
				return err
			}
		}
		if err := g.give(dir); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("create a git directory: %w", err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return fmt.Errorf("write a git file: %w", err)
	}
	return nil
}

// checkOut fills the agent's clone. No agent has run in it yet, so its git directory is still trustworthy.
func (g *Git) checkOut(ctx context.Context, t Tree, branch, from, commit string) error {
	in := func(args ...string) []string {
		return append([]string{"--git-dir=" + t.Git, "--work-tree=" + t.Dir}, args...)
	}
	commands := [][]string{
		in("update-ref", "refs/heads/"+branch, commit),
		in("read-tree", "--reset", "-u", commit),
		in("config", "core.bare", "false"),
		in("config", "user.name", agentName),
		in("config", "user.email", agentMail),
		in("config", "gc.auto", "0"),
		{"--git-dir=" + t.Own, "update-ref", baseRef, commit},
	}
	if t.Bare != "" && g.isBranch(ctx, t.Bare, from) {
		commands = append(commands, in("update-ref", "refs/remotes/origin/"+from, commit))
	}
	for _, args := range commands {
		if _, err := g.run(ctx, call{args: args, dir: t.Dir, timeout: g.opt.CheckoutTimeout, borrows: t.borrowed(), writes: []string{t.Dir, t.Git, t.Own}}); err != nil {
			return err
		}
	}
	// The new index has the files' times, so that the first diff does not have to read every file.
	if err := copyFile(t.Git, t.Own, "index"); err != nil {
		return err
	}
	return g.give(t.Own)
}

func (g *Git) isBranch(ctx context.Context, bare, name string) bool {
	_, err := g.run(ctx, call{args: []string{"--git-dir=" + bare, "rev-parse", "--verify", "--quiet", "refs/remotes/origin/" + name}})
	return err == nil
}

// emptyCommit creates the same commit without files in both git directories.
func (g *Git) emptyCommit(ctx context.Context, t Tree) (string, error) {
	env := []string{
		"GIT_AUTHOR_NAME=Orchestrator", "GIT_AUTHOR_EMAIL=orchestrator@orchestrator.invalid", "GIT_AUTHOR_DATE=2000-01-01T00:00:00Z",
		"GIT_COMMITTER_NAME=Orchestrator", "GIT_COMMITTER_EMAIL=orchestrator@orchestrator.invalid", "GIT_COMMITTER_DATE=2000-01-01T00:00:00Z",
	}
	commit := ""
	for _, dir := range []string{t.Git, t.Own} {
		out, err := g.run(ctx, call{args: []string{"--git-dir=" + dir, "mktree"}, stdin: strings.NewReader(""), writes: []string{dir}})
		if err != nil {
			return "", err
		}
		args := []string{"--git-dir=" + dir, "commit-tree", "-m", "Empty workspace", strings.TrimSpace(string(out))}
		if out, err = g.run(ctx, call{args: args, env: env, writes: []string{dir}}); err != nil {
			return "", err
		}
		commit = strings.TrimSpace(string(out))
	}
	return commit, nil
}

// copyFile copies a file between directories that a git process could write to, so it follows no link out of them.
func copyFile(from, to, name string) error {
	in, err := os.OpenRoot(from)
	if err != nil {
		return fmt.Errorf("copy the index: %w", err)
	}
	defer in.Close()
	out, err := os.OpenRoot(to)
	if err != nil {
		return fmt.Errorf("copy the index: %w", err)
	}
	defer out.Close()
	src, err := in.Open(name)
	if err != nil {
		return fmt.Errorf("copy the index: %w", err)
	}
	defer src.Close()
	dst, err := out.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("copy the index: %w", err)
	}
	_, err = io.Copy(dst, src)
	if closed := dst.Close(); err == nil {
		err = closed
	}
	return err
}
