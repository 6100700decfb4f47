package workspace

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// MergeBase returns the tip of a repository's default branch in its clone.
func (w *Space) MergeBase(ctx context.Context, t tenant.ID, r repository.Repository) (merge.Stacked, error) {
	bare := w.opt.Rooms.bare(t, r.ID)
	commit, err := w.opt.Git.Resolve(ctx, bare, r.DefaultBranch)
	if err != nil {
		return merge.Stacked{}, err
	}
	tree, err := w.opt.Git.TreeOf(ctx, bare, commit)
	return merge.Stacked{Commit: commit, Tree: tree}, err
}

// Stack merges the work of an entry onto a commit: work of one commit is rebased, other work is merged. The same work on the same commit
// always gives the same commit, so that a server that starts again finds the trees that were checked.
func (w *Space) Stack(ctx context.Context, t tenant.ID, onto string, e merge.Entry) (s merge.Stacked, err error) {
	bare := w.opt.Rooms.bare(t, e.Repository)
	if s.Contained, err = w.opt.Git.Contains(ctx, bare, onto, e.Head); err != nil || s.Contained {
		return s, err
	}
	m, ok, err := w.opt.Git.Rebase(ctx, bare, onto, e.Head, e.AddedAt)
	if err == nil && !ok {
		m, err = w.opt.Git.Merge(ctx, bare, onto, e.Head, git.Commit{Message: "Merge " + e.SessionTitle + "\n\nOrchestrator-Session: " + string(e.Session) + "\n", At: e.AddedAt})
	}
	s.Commit, s.Tree, s.Conflicts = m.Commit, m.Tree, m.Conflicts
	return s, err
}

// Conflicts returns the paths in which a commit conflicts with a branch of a repository as it is now.
func (w *Space) Conflicts(ctx context.Context, t tenant.ID, id repository.ID, base, commit string) ([]string, error) {
	r, credential, err := w.opt.Source(ctx, t, id)
	if err != nil {
		return nil, err
	}
	if err := w.fetch(ctx, t, r, credential, nil); err != nil {
		return nil, named(r, err)
	}
	bare := w.opt.Rooms.bare(t, id)
	onto, err := w.opt.Git.Resolve(ctx, bare, base)
	if err != nil {
		return nil, err
	}
	m, err := w.opt.Git.Merge(ctx, bare, onto, commit, git.Commit{Message: "Look for conflicts", At: time.Now()})
	return m.Conflicts, err
}

// Contains reports whether a commit of a repository's clone contains another one.
func (w *Space) Contains(ctx context.Context, t tenant.ID, r repository.ID, newer, older string) (bool, error) {
	return w.opt.Git.Contains(ctx, w.opt.Rooms.bare(t, r), newer, older)
}

// Land pushes a commit to the default branch of a repository's remote, or writes it there for a local one. The branch must still be at
// from. The clone follows with its next fetch.
func (w *Space) Land(ctx context.Context, t tenant.ID, r repository.Repository, credential, from, to string) error {
	if r.Path != "" {
		_, err := w.opt.Git.Place(ctx, git.Place{Path: r.Path, Bare: w.opt.Rooms.bare(t, r.ID), Commit: to, Base: from, Branch: r.DefaultBranch, Expect: from, OnlyThis: true})
		return err
	}
	src, err := w.source(ctx, t, r, credential)
	if err != nil {
		return err
	}
	return w.opt.Git.Push(ctx, git.Push{Source: src, Bare: w.opt.Rooms.bare(t, r.ID), Commit: to, Branch: r.DefaultBranch, Expect: from})
}

// CheckCommit runs the repository's check commands on a commit of its clone, in a sandbox of its own with the repository's network, until
// one does not pass.
func (w *Space) CheckCommit(ctx context.Context, t tenant.ID, r repository.Repository, commit string) (results []repository.CheckResult, err error) {
	run, err := w.cacheRun(t, r)
	if err != nil {
		return nil, err
	}
	run = run.forMerge()
	if err := run.clear(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, run.clear(context.WithoutCancel(ctx))) }()
	if err := w.lend(t, r.ID); err != nil { // the merges are new objects, which git in the sandbox reads
		return nil, err
	}
	if _, err := w.opt.Git.NewTree(ctx, run.tree, "merge-queue", commit); err != nil {
		return nil, err
	}
	if err := run.shell.MakeHome(); err != nil {
		return nil, err
	}
	spec := sandbox.RunSpec{Dir: run.tree.Dir, Shell: run.shell, Timeout: w.opt.CheckTimeout, AllowUnsandboxed: w.opt.AllowUnsandboxed}
	if w.opt.CacheNet != nil {
		net := w.opt.CacheNet(t, r.ID)
		defer net.Close()
		spec.Shell.Proxy, spec.Out = net.Proxy, net.Out
	}
	for _, command := range r.CheckCommands {
		result := checkOnce(ctx, spec, command, r.ChecksInShell)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if results = append(results, result); result.Verdict != repository.Passed {
			break
		}
	}
	return results, nil
}

// forMerge is a run with directories and a name of its own, beside one that fills tool caches.
func (c cacheRun) forMerge() cacheRun {
	c.dir = filepath.Join(filepath.Dir(c.dir), "merge")
	c.tree.Dir, c.tree.Git, c.tree.Own = filepath.Join(c.dir, "tree"), filepath.Join(c.dir, "git"), filepath.Join(c.dir, "merge-"+string(c.r.ID)+".git")
	c.shell.Session, c.shell.Tree, c.shell.Git, c.shell.Home = c.shell.Session+"-merge", c.tree.Dir, c.tree.Git, filepath.Join(c.dir, "shell")
	return c
}

// checkOnce runs one check command.
func checkOnce(ctx context.Context, spec sandbox.RunSpec, command string, inShell bool) (r repository.CheckResult) {
	r = repository.CheckResult{Command: command}
	defer func() { r.FinishedAt = time.Now().UTC() }()
	var err error
	if spec.Argv, err = repository.Argv(command, inShell); err != nil {
		return notRun(r, err)
	}
	got, err := sandbox.Run(ctx, spec)
	if err != nil {
		return notRun(r, err)
	}
	r.ExitCode, r.Output, r.Truncated, r.Duration = got.Exit, text.Clean(string(got.Output)), got.Truncated, got.Duration
	r.Verdict = verdict(got)
	return r
}
