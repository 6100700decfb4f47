package git

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Commit is what a new commit says beside its tree and its parents.
type Commit struct {
	Message       string
	Author, Email string
	At            time.Time
}

// Merged is the result of merging two commits without a working tree: a tree, or the paths that conflict.
type Merged struct {
	Commit, Tree string
	Conflicts    []string
}

// maxConflicts is how many conflicting paths are returned.
const maxConflicts = 100

// Merge merges two commits of a bare clone into a new commit with both as its parents, which no ref names. It runs nothing of the
// repository: attributes of the tree and merge drivers have no effect.
func (g *Git) Merge(ctx context.Context, bare, ours, theirs string, c Commit) (m Merged, err error) {
	if m, err = g.mergeTrees(ctx, bare, ours, theirs); err != nil || len(m.Conflicts) > 0 {
		return m, err
	}
	m.Commit, err = g.commitTree(ctx, bare, c, m.Tree, ours, theirs)
	return m, err
}

// mergeTrees merges the trees of two commits. git exits with 1 for a conflict, and for a commit that does not exist: only a tree in the
// output tells them apart.
func (g *Git) mergeTrees(ctx context.Context, bare, ours, theirs string) (m Merged, err error) {
	out, err := g.run(ctx, call{writes: []string{bare}, args: []string{"--git-dir=" + bare, "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs}})
	fields := split0(out)
	failed := (*Error)(nil)
	switch {
	case err == nil && len(fields) > 0 && idPattern.MatchString(fields[0]):
		m.Tree = fields[0]
	case errors.As(err, &failed) && failed.Exit == 1 && len(fields) > 1 && idPattern.MatchString(fields[0]):
		for _, name := range fields[1:min(len(fields), maxConflicts+1)] {
			m.Conflicts = append(m.Conflicts, strings.ToValidUTF8(name, "�"))
		}
		err = nil
	case err == nil:
		err = errors.New("git merge-tree: the output has no tree")
	}
	return m, err
}

// commitTree writes a commit into a bare clone, of which the server is the committer.
func (g *Git) commitTree(ctx context.Context, bare string, c Commit, tree string, parents ...string) (string, error) {
	args := []string{"--git-dir=" + bare, "commit-tree", "-F", "-"}
	for _, p := range parents {
		args = append(args, "-p", p)
	}
	date := fmt.Sprintf("@%d +0000", c.At.Unix())
	out, err := g.run(ctx, call{args: append(args, tree), stdin: strings.NewReader(c.Message), writes: []string{bare}, env: []string{
		"GIT_AUTHOR_NAME=" + orElse(c.Author, agentName), "GIT_AUTHOR_EMAIL=" + orElse(c.Email, agentMail), "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=Orchestrator", "GIT_COMMITTER_EMAIL=orchestrator@orchestrator.invalid", "GIT_COMMITTER_DATE=" + date,
	}})
	return strings.TrimSpace(string(out)), err
}

// Rebase puts the one commit of head that onto does not contain on top of onto, with its author and message. ok is false if head has another
// number of such commits, or one with several parents; such work is merged.
func (g *Git) Rebase(ctx context.Context, bare, onto, head string, at time.Time) (m Merged, ok bool, err error) {
	out, err := g.run(ctx, call{args: []string{"--git-dir=" + bare, "rev-list", "--parents", "--max-count=2", onto + ".." + head}})
	if err != nil {
		return m, false, err
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	commits := strings.Fields(lines[0])
	if len(lines) != 1 || len(commits) != 2 {
		return m, false, nil
	}
	c, err := g.readCommit(ctx, bare, commits[0])
	if err != nil {
		return m, false, err
	}
	// git 2.39 cannot be told the merge base, so the work is merged with a commit that has onto's files and the work's parent as its parent.
	tree, err := g.treeOf(ctx, bare, onto)
	if err != nil {
		return m, false, err
	}
	throwaway, err := g.commitTree(ctx, bare, Commit{Message: "base", At: at}, tree, commits[1])
	if err != nil {
		return m, false, err
	}
	if m, err = g.mergeTrees(ctx, bare, throwaway, commits[0]); err != nil || len(m.Conflicts) > 0 {
		return m, true, err
	}
	c.At = at
	m.Commit, err = g.commitTree(ctx, bare, c, m.Tree, onto)
	return m, true, err
}

// readCommit reads the author and the message of a commit.
func (g *Git) readCommit(ctx context.Context, bare, commit string) (c Commit, err error) {
	out, err := g.run(ctx, call{args: []string{"--git-dir=" + bare, "log", "-1", "--no-show-signature", "--format=%an%x00%ae%x00%B", commit}})
	if fields := strings.SplitN(string(out), "\x00", 3); err == nil && len(fields) == 3 {
		c.Author, c.Email, c.Message = fields[0], fields[1], strings.TrimRight(fields[2], "\n")+"\n"
	}
	return c, err
}

// Contains reports whether a commit of the bare clone has another one among its ancestors, or is the same.
func (g *Git) Contains(ctx context.Context, bare, newer, older string) (bool, error) {
	_, err := g.run(ctx, call{args: []string{"--git-dir=" + bare, "merge-base", "--is-ancestor", "--end-of-options", older, newer}})
	if failed := (*Error)(nil); errors.As(err, &failed) && failed.Exit == 1 {
		return false, nil
	}
	return err == nil, err
}

// Overlap returns the files that two commits both change since their common ancestor, and those in which the changes conflict.
func (g *Git) Overlap(ctx context.Context, bare, one, other string) (both, conflicts []string, err error) {
	changed := func(from, to string) (map[string]bool, error) {
		out, err := g.run(ctx, call{args: []string{"--git-dir=" + bare, "diff-tree", "-r", "-z", "--name-only", "--no-ext-diff", "--merge-base", from, to}})
		names := map[string]bool{}
		for _, n := range split0(out) {
			names[n] = true
		}
		return names, err
	}
	a, err := changed(other, one)
	if err != nil {
		return nil, nil, err
	}
	b, err := changed(one, other)
	if err != nil {
		return nil, nil, err
	}
	for n := range a {
		if b[n] {
			both = append(both, n)
		}
	}
	if len(both) == 0 {
		return nil, nil, nil
	}
	m, err := g.mergeTrees(ctx, bare, one, other)
	return both, m.Conflicts, err
}
