package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Save describes how a working tree becomes commits.
type Save struct {
	// Base is the tree's base commit.
	Base string
	// Onto is a commit of the bare clone that the work must descend from, such as one that was pushed; empty for none.
	Onto string
	// Message and At are those of the commit with what the agent did not commit itself.
	Message string
	At      time.Time
}

// Saved is a session's work as commits of the bare clone.
type Saved struct {
	// Commit is the newest one, or the base commit if nothing changed; Commits counts those since the base.
	Commit  string
	Commits int
	// Omitted are changes that no commit contains.
	Omitted []session.FileChange
}

// worksRef is where the bare clone keeps the saved work of sessions. No fetch changes it, and no branch list shows it.
const worksRef = "refs/orchestrator/work/"

// largestSaved is the size above which a file is in no commit.
const largestSaved = 1 << 30

// workRef is the ref in the bare clone with the tree's saved work.
func (t Tree) workRef() string { return worksRef + strings.TrimSuffix(filepath.Base(t.Own), ".git") }

// Save stores a session's work in the bare clone: the agent's commits since the base, then one commit with everything that it changed and
// did not commit. If the agent's commits do not follow the base or git refuses them, all changes become one commit. Saving the same work
// again gives the same commit.
func (g *Git) Save(ctx context.Context, t Tree, s Save) (Saved, error) {
	if t.Bare == "" {
		return Saved{}, errors.New("an empty workspace has no bare clone to save to")
	}
	defer g.lock(t.Own)()
	head, err := g.agentHead(ctx, t, s.Base)
	if err != nil {
		return Saved{}, err
	}
	saved := Saved{Commit: head}
	tree, omitted, err := g.snapshot(ctx, t, head, largestSaved)
	if err != nil {
		return saved, err
	}
	if saved.Omitted = omitted; err == nil {
		saved.Commit, err = g.commitOn(ctx, t, s, head, tree)
	}
	if err != nil {
		return saved, err
	}
	if err := g.keepWork(ctx, t, s.Base, saved.Commit); err != nil {
		return saved, err
	}
	out, err := g.run(ctx, call{args: []string{"--git-dir=" + t.Bare, "rev-list", "--count", s.Base + ".." + saved.Commit}})
	if err == nil {
		saved.Commits, err = strconv.Atoi(strings.TrimSpace(string(out)))
	}
	return saved, err
}

// Work returns the commit that Save stored last, or "" if there is none. The tree itself need not exist any more.
func (g *Git) Work(ctx context.Context, t Tree) (string, error) {
	if t.Bare == "" || !exists(t.Bare) {
		return "", nil
	}
	out, err := g.run(ctx, call{args: []string{"--git-dir=" + t.Bare, "rev-parse", "--verify", "--quiet", t.workRef()}})
	if failed := (*Error)(nil); errors.As(err, &failed) {
		return "", nil
	}
	return strings.TrimSpace(string(out)), err
}

// inOwn is a command on the server's directory of the tree.
func (g *Git) inOwn(ctx context.Context, t Tree, c call) (string, error) {
	c.args, c.borrows = append([]string{"--git-dir=" + t.Own}, c.args...), t.borrowed()
	out, err := g.run(ctx, c)
	return strings.TrimSpace(string(out)), err
}

// isAncestor reports whether a commit follows another one.
func (g *Git) isAncestor(ctx context.Context, t Tree, older, newer string) (bool, error) {
	_, err := g.inOwn(ctx, t, call{args: []string{"merge-base", "--is-ancestor", older, newer}})
	if failed := (*Error)(nil); errors.As(err, &failed) && failed.Exit == 1 {
		return false, nil
	}
	return err == nil, err
}

// commitOn commits a tree on the agent's last commit, and on s.Onto if that is not among its ancestors. Without changes there is no commit.
func (g *Git) commitOn(ctx context.Context, t Tree, s Save, head, tree string) (string, error) {
	parents, err := g.parents(ctx, t, s, head)
	if err != nil {
		return "", err
	}
	if len(parents) == 1 {
		same, err := g.inOwn(ctx, t, call{args: []string{"rev-parse", "--verify", "--quiet", parents[0] + "^{tree}"}})
		if err != nil || same == tree {
			return parents[0], err
		}
	}
	args := []string{"commit-tree"}
	for _, p := range parents {
		args = append(args, "-p", p)
	}
	date := fmt.Sprintf("@%d +0000", s.At.Unix())
	return g.inOwn(ctx, t, call{args: append(args, "-F", "-", tree), stdin: strings.NewReader(s.Message + "\n"), writes: []string{t.Own}, env: []string{
		"GIT_AUTHOR_NAME=" + agentName, "GIT_AUTHOR_EMAIL=" + agentMail, "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=" + agentName, "GIT_COMMITTER_EMAIL=" + agentMail, "GIT_COMMITTER_DATE=" + date,
	}})
}

// parents are the commits that the next one follows: the newer one of head and s.Onto, or both if neither follows the other.
func (g *Git) parents(ctx context.Context, t Tree, s Save, head string) ([]string, error) {
	if s.Onto == "" || s.Onto == head {
		return []string{head}, nil
	}
	for _, pair := range [][2]string{{head, s.Onto}, {s.Onto, head}} {
		if follows, err := g.isAncestor(ctx, t, pair[0], pair[1]); err != nil || follows {
			return []string{pair[1]}, err
		}
	}
	return []string{head, s.Onto}, nil
}

// keepWork copies a commit from the server's directory of the tree to the bare clone and names it there.
func (g *Git) keepWork(ctx context.Context, t Tree, base, commit string) error {
	from := call{args: []string{"--git-dir=" + t.Own}, borrows: t.borrowed()}
	to := call{args: []string{"--git-dir=" + t.Bare}, writes: []string{t.Bare}}
	if err := g.copyObjects(ctx, from, to, commit, base); err != nil {
		return err
	}
	_, err := g.run(ctx, call{args: []string{"--git-dir=" + t.Bare, "update-ref", t.workRef(), commit}, writes: []string{t.Bare}})
	return err
}

// copyObjects copies a commit with everything that the commits in except do not have from one git directory to another. It runs no hook
// of either, and refuses objects that git finds malformed.
func (g *Git) copyObjects(ctx context.Context, from, to call, commit string, except ...string) error {
	if slices.Contains(except, commit) {
		return nil
	}
	read, write := io.Pipe()
	from.args = append(from.args, "pack-objects", "--revs", "--thin", "--stdout", "-q", "--threads=1")
	from.stdin, from.stdout, from.timeout = strings.NewReader(revisions(commit, except)), write, g.opt.CheckoutTimeout
	to.args = append(to.args, "index-pack", "--stdin", "--fix-thin", "--strict", "--threads=1", "--max-input-size="+strconv.FormatInt(g.opt.TreeBytes, 10))
	to.stdin, to.timeout = read, g.opt.CheckoutTimeout
	packed := make(chan error, 1)
	go func() {
		_, err := g.run(ctx, from)
		_ = write.CloseWithError(err)
		packed <- err
	}()
	_, err := g.run(ctx, to)
	_ = read.CloseWithError(err)
	return errors.Join(<-packed, err)
}

// revisions is the input of pack-objects.
func revisions(commit string, except []string) string {
	text := commit + "\n"
	for _, c := range except {
		text += "^" + c + "\n"
	}
	return text
}
