package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
	"github.com/industrial-orchestrator/orchestrator/internal/walk"
)

// ErrDiffers means that a restored tree is not the checkpoint's, because the restored .gitignore does not ignore some files that the later
// one did. Another Restore deletes them.
var ErrDiffers = errors.New("the restored tree has files that the checkpoint does not have")

// Restore makes the working tree that of a checkpoint, and verifies its hash. Ignored files and those that no checkpoint can contain stay
// where they do not stand in the way. If the tree was deleted, Restore creates it again on branch. Nothing must work in the tree.
func (g *Git) Restore(ctx context.Context, t Tree, branch, base, commit, tree string) error {
	defer g.lock(t.Own)()
	if err := g.checkStored(ctx, t, commit, tree); err != nil {
		return err
	}
	if err := g.reopen(ctx, t, branch, base); err != nil {
		return err
	}
	t.forget() // every file is compared
	now, _, err := g.snapshot(ctx, t, base, g.opt.CheckpointFile)
	if err != nil || now == tree {
		return err
	}
	if err := g.change(ctx, t, now, tree); err != nil {
		return err
	}
	if now, _, err = g.snapshot(ctx, t, base, g.opt.CheckpointFile); err == nil && now != tree {
		return ErrDiffers
	}
	return err
}

// checkStored checks that a checkpoint exists and has this tree.
func (g *Git) checkStored(ctx context.Context, t Tree, commit, tree string) error {
	if !exists(t.Own) {
		return errGone()
	}
	args := []string{"--git-dir=" + t.Own, "rev-parse", "--verify", "--quiet", commit + "^{tree}"}
	out, err := g.run(ctx, call{args: args, borrows: t.borrowed()})
	if err != nil || strings.TrimSpace(string(out)) != tree {
		return errGone().(*fault.Error).Because(err)
	}
	return nil
}

// reopen creates what was deleted of the agent's clone. Its commits are lost with its git directory; the branch starts at the base again.
func (g *Git) reopen(ctx context.Context, t Tree, branch, base string) error {
	info, err := os.Lstat(t.Dir)
	isNew := err != nil || !info.IsDir()
	if isNew {
		if err := errors.Join(walk.RemoveAll(t.Dir), os.MkdirAll(t.Dir, 0o700)); err != nil {
			return fmt.Errorf("create the directory for the working tree: %w", err)
		}
	}
	if !exists(t.Git) {
		if old, err := os.Lstat(filepath.Join(t.Dir, ".git")); err == nil && old.IsDir() {
			return nil // an earlier version made the tree, which contains its git directory
		}
		if err := g.remakeGit(ctx, t, branch, base); err != nil {
			return err
		}
	}
	if err := t.pointTo(t.Git); err != nil || !isNew {
		return err
	}
	return sandbox.Own(t.Dir, t.Owner)
}

// remakeGit creates the agent's git directory again, with the base as its only commit.
func (g *Git) remakeGit(ctx context.Context, t Tree, branch, base string) error {
	if err := os.MkdirAll(t.Git, 0o700); err != nil {
		return fmt.Errorf("create the directory for the working tree: %w", err)
	}
	if err := g.initGit(ctx, t, t.Git, branch); err != nil {
		return err
	}
	if t.Bare == "" {
		if _, err := g.emptyCommitIn(ctx, t.Git); err != nil {
			return err
		}
	}
	commands := [][]string{{"update-ref", "refs/heads/" + branch, base}, {"read-tree", base}}
	for _, setting := range agentSettings {
		commands = append(commands, []string{"config", setting[0], setting[1]})
	}
	for _, args := range commands {
		c := call{args: append([]string{"--git-dir=" + t.Git}, args...), borrows: t.borrowed(), writes: []string{t.Git}}
		if _, err := g.run(ctx, c); err != nil {
			return err
		}
	}
	return sandbox.Own(t.Git, t.Owner)
}

// alteration is a path that differs between two trees. Without a mode it has to go.
type alteration struct{ path, mode string }

// change turns the files of one tree into those of another. Git writes the new ones into a directory of the server; from there the server
// puts them into the agent's tree itself, where it follows no links.
func (g *Git) change(ctx context.Context, t Tree, from, to string) error {
	list, err := g.alterations(ctx, t, from, to)
	if err != nil {
		return err
	}
	stage := t.Own + ".restore"
	defer func() { _ = walk.RemoveAll(stage) }()
	if err := g.stage(ctx, t, stage, to, list); err != nil {
		return err
	}
	return place(t, stage, list)
}

func (g *Git) alterations(ctx context.Context, t Tree, from, to string) ([]alteration, error) {
	args := []string{"--git-dir=" + t.Own, "diff-tree", "-r", "-z", "--raw", "--no-renames", from, to}
	out, err := g.run(ctx, call{args: args, borrows: t.borrowed()})
	if err != nil {
		return nil, err
	}
	var list []alteration
	for fields := split0(out); len(fields) >= 2; fields = fields[2:] {
		about := strings.Fields(fields[0])
		if len(about) != 5 {
			return nil, fmt.Errorf("git diff-tree: unexpected line %q", fields[0])
		}
		a := alteration{path: fields[1], mode: about[1]}
		if about[4] == "D" {
			a.mode = ""
		}
		if a.mode != gitlink {
			list = append(list, a)
		}
	}
	// What goes comes first, the deepest before its directory.
	slices.SortFunc(list, func(a, b alteration) int {
		if (a.mode == "") != (b.mode == "") {
			return strings.Compare(a.mode, b.mode)
		}
		if a.mode == "" {
			return strings.Compare(b.path, a.path)
		}
		return strings.Compare(a.path, b.path)
	})
	return list, nil
}

// stage writes the new files into a directory of the server, as git checks them out.
func (g *Git) stage(ctx context.Context, t Tree, dir, tree string, list []alteration) error {
	if err := errors.Join(walk.RemoveAll(dir), os.MkdirAll(filepath.Join(dir, "files"), 0o700)); err != nil {
		return fmt.Errorf("create a directory for restored files: %w", err)
	}
	if err := g.give(dir); err != nil {
		return err
	}
	var names bytes.Buffer
	for _, a := range list {
		if a.mode != "" {
			names.WriteString(a.path + "\x00")
		}
	}
	files := filepath.Join(dir, "files")
	in := call{dir: files, env: []string{"GIT_INDEX_FILE=" + filepath.Join(dir, "index")}, timeout: g.opt.CheckoutTimeout, borrows: t.borrowed(), writes: []string{dir}}
	in.args = []string{"--git-dir=" + t.Own, "read-tree", tree}
	if _, err := g.run(ctx, in); err != nil {
		return err
	}
	in.args, in.stdin = []string{"--git-dir=" + t.Own, "--work-tree=" + files, "checkout-index", "-z", "--stdin"}, &names
	_, err := g.run(ctx, in)
	return err
}
