package git

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// checkpointsRef is the beginning of the names of checkpoints. They are in the server's git directory of the tree, which no agent and no
// fetch can see: a checkpoint has untracked files, which are nobody else's.
const checkpointsRef = "refs/orchestrator/checkpoints/"

// checkpointRef is the name of a checkpoint of a tree. It contains the session's ID, after which Own is named.
func (t Tree) checkpointRef(n int64) string {
	return t.checkpointsOf() + strconv.FormatInt(n, 10)
}

func (t Tree) checkpointsOf() string {
	return checkpointsRef + strings.TrimSuffix(filepath.Base(t.Own), ".git") + "/"
}

// Checkpoint stores the whole working tree, with untracked files but without ignored ones, as commit number n. It compares the tree with the
// base and with an earlier commit, if there is one. It executes nothing that the agent wrote, and follows no links.
func (g *Git) Checkpoint(ctx context.Context, t Tree, base, earlier string, n int64) (s session.Snapshot, err error) {
	defer g.lock(t.Own)()
	if !exists(t.Own) || !exists(t.Dir) {
		return s, fault.New(fault.Conflict, "The session has no working tree, so no checkpoint can be taken.")
	}
	if s.Tree, _, err = g.snapshot(ctx, t, base, g.opt.CheckpointFile); err != nil {
		return s, err
	}
	if s.Commit, err = g.commit(ctx, t, s.Tree, base, "Checkpoint "+strconv.FormatInt(n, 10)); err != nil {
		return s, err
	}
	if err := g.setRef(ctx, t, t.checkpointRef(n), s.Commit); err != nil {
		return s, err
	}
	if s.Since, err = g.sums(ctx, t, base, s.Tree); err != nil {
		return s, err
	}
	if earlier == "" || !g.has(ctx, t, earlier) {
		s.Step = s.Since
		return s, nil
	}
	s.Step, err = g.sums(ctx, t, earlier, s.Tree)
	return s, err
}

func (g *Git) commit(ctx context.Context, t Tree, tree, parent, message string) (string, error) {
	args := []string{"--git-dir=" + t.Own, "commit-tree", "-p", parent, "-m", message, tree}
	out, err := g.run(ctx, call{args: args, env: serverIdentity, borrows: t.borrowed(), writes: []string{t.Own}})
	return strings.TrimSpace(string(out)), err
}

func (g *Git) setRef(ctx context.Context, t Tree, name, commit string) error {
	_, err := g.run(ctx, call{args: []string{"--git-dir=" + t.Own, "update-ref", name, commit}, borrows: t.borrowed(), writes: []string{t.Own}})
	return err
}

// has reports whether the server's git directory has a commit.
func (g *Git) has(ctx context.Context, t Tree, commit string) bool {
	_, err := g.run(ctx, call{args: []string{"--git-dir=" + t.Own, "cat-file", "-e", commit + "^{commit}"}, borrows: t.borrowed()})
	return err == nil
}

// sums counts what differs between two trees.
func (g *Git) sums(ctx context.Context, t Tree, from, to string) (s session.Sums, err error) {
	out, err := g.diffTree(ctx, t, nil, from, to, "-z", "--numstat")
	if err != nil {
		return s, err
	}
	for fields := split0(out); len(fields) > 0; {
		columns := strings.SplitN(fields[0], "\t", 3)
		if len(columns) != 3 {
			return s, fmt.Errorf("git diff-tree: unexpected line %q", fields[0])
		}
		s.Files, s.Additions, s.Deletions = s.Files+1, s.Additions+lineCount(columns[0]), s.Deletions+lineCount(columns[1])
		fields = fields[1:]
		if columns[2] == "" && len(fields) >= 2 {
			fields = fields[2:] // the two names of a renamed file
		}
	}
	return s, nil
}

// CompareCheckpoints returns the changes from one checkpoint to another. It reads only what the server stored.
func (g *Git) CompareCheckpoints(ctx context.Context, t Tree, from, to string) (Diff, error) {
	defer g.lock(t.Own)()
	for _, commit := range []string{from, to} {
		if !exists(t.Own) || !g.has(ctx, t, commit) {
			return Diff{}, errGone()
		}
	}
	return g.compare(ctx, t, from, to)
}

func errGone() error {
	return fault.New(fault.Conflict, "The files of this checkpoint no longer exist on the server.")
}

// packEvery is after how many checkpoints DropCheckpoints packs the objects and deletes those that no checkpoint needs.
const packEvery = 25

// DropCheckpoints deletes the checkpoints up to number last that are not in keep. From time to time it packs the rest.
func (g *Git) DropCheckpoints(ctx context.Context, t Tree, keep []int64, last int64) error {
	defer g.lock(t.Own)()
	if !exists(t.Own) {
		return nil
	}
	args := []string{"--git-dir=" + t.Own, "for-each-ref", "--format=%(refname)", t.checkpointsOf()}
	out, err := g.run(ctx, call{args: args, borrows: t.borrowed()})
	if err != nil {
		return err
	}
	kept := map[string]bool{}
	for _, n := range keep {
		kept[t.checkpointRef(n)] = true
	}
	var commands strings.Builder
	for name := range strings.FieldsSeq(string(out)) {
		n, err := strconv.ParseInt(name[strings.LastIndexByte(name, '/')+1:], 10, 64)
		if err == nil && n <= last && !kept[name] {
			commands.WriteString("delete " + name + "\n")
		}
	}
	if commands.Len() > 0 {
		args := []string{"--git-dir=" + t.Own, "update-ref", "--stdin"}
		if _, err := g.run(ctx, call{args: args, stdin: strings.NewReader(commands.String()), borrows: t.borrowed(), writes: []string{t.Own}}); err != nil {
			return err
		}
	}
	if last%packEvery != 0 {
		return nil
	}
	t.forget() // objects of known files may go
	args = []string{"--git-dir=" + t.Own, "gc", "--quiet", "--prune=now"}
	_, err = g.run(ctx, call{args: args, config: []string{"pack.threads=1", "pack.windowMemory=256m"}, timeout: g.opt.CheckoutTimeout, borrows: t.borrowed(), writes: []string{t.Own}})
	return err
}
