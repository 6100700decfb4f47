package workspace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
	"github.com/industrial-orchestrator/orchestrator/internal/walk"
)

// CacheNet is the network of a run of check commands that fills tool caches.
type CacheNet struct {
	// Proxy is the egress proxy's URL with a credential that is valid until Close.
	Proxy string
	// Out leads to the proxy from a separate network.
	Out   []sandbox.Bridge
	Close func()
}

// cacheRun is one run of a repository's check commands on its default branch: its directories, all below dir.
type cacheRun struct {
	w     *Space
	t     tenant.ID
	r     repository.Repository
	dir   string
	tree  git.Tree
	shell sandbox.Shell
}

// cacheWithin limits a run with all its commands, cacheBytes the disk space of a base if the options set no limit.
const (
	cacheWithin = 30 * time.Minute
	cacheBytes  = 2 << 30
)

func (w *Space) cacheRun(t tenant.ID, r repository.Repository) (run cacheRun, err error) {
	uid, err := w.opt.Rooms.User(t)
	if err != nil {
		return run, err
	}
	dir, bare := filepath.Join(w.opt.Rooms.caches(t, r.ID), "run"), w.opt.Rooms.bare(t, r.ID)
	return cacheRun{w: w, t: t, r: r, dir: dir,
		tree: git.Tree{Dir: filepath.Join(dir, "tree"), Git: filepath.Join(dir, "git"), Own: filepath.Join(dir, "caches.git"), Bare: bare, Owner: uid},
		shell: sandbox.Shell{Session: cacheSession(r.ID), Tree: filepath.Join(dir, "tree"), Git: filepath.Join(dir, "git"), Home: filepath.Join(dir, "shell"), UID: uid,
			ReadOnly: []string{bare}, Limits: w.opt.Rooms.Limits, Group: sandbox.Group{Team: string(t)}}}, nil
}

// FillCaches runs the repository's check commands on a new tree of its default branch and makes the caches that they leave the newest
// base. They start with those of the newest base, unless fresh is true. If a command fails or a limit is reached, nothing is published.
func (w *Space) FillCaches(ctx context.Context, t tenant.ID, r repository.Repository, fresh bool) error {
	run, err := w.cacheRun(t, r)
	if err != nil {
		return err
	}
	if err := run.clear(ctx); err != nil {
		return err
	}
	limited, cancel := context.WithTimeoutCause(ctx, cacheWithin,
		fault.New(fault.Exhausted, "The check commands did not end within %d minutes.", cacheWithin/time.Minute))
	err = run.fill(limited, fresh)
	if limited.Err() != nil && err != nil {
		err = context.Cause(limited)
	}
	cancel()
	return errors.Join(err, run.clear(context.WithoutCancel(ctx)))
}

func (c cacheRun) fill(ctx context.Context, fresh bool) error {
	if err := c.prepare(ctx, fresh); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go c.watch(ctx, cancel)
	if err := c.check(ctx); err != nil {
		return err
	}
	if err := c.tooLarge(ctx); err != nil {
		return err
	}
	return c.publish()
}

// prepare creates the tree, the home and the caches.
func (c cacheRun) prepare(ctx context.Context, fresh bool) error {
	if _, err := c.w.opt.Git.NewTree(ctx, c.tree, c.r.DefaultBranch, c.r.DefaultBranch); err != nil {
		return err
	}
	if err := c.shell.MakeHome(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.files()), 0o700); err != nil {
		return fmt.Errorf("create the tool caches: %w", err)
	}
	newest, err := c.w.opt.Rooms.newest(c.t, c.r.ID)
	if err == nil && len(newest) > 0 && !fresh {
		err = copyTree(ctx, filepath.Join(newest[0], c.part()), c.files(), c.limit())
	}
	if err != nil || !c.layered() {
		return errors.Join(err, os.MkdirAll(c.files(), 0o700), sandbox.Own(c.shell.Home, c.shell.UID))
	}
	return errors.Join(sandbox.MakeCaches(c.caches().Own, 0), sandbox.Own(c.files(), c.shell.UID))
}

func (c cacheRun) layered() bool { return c.w.opt.Rooms.Caches == LayeredCaches }

func (c cacheRun) caches() sandbox.Caches { return sandbox.Caches{Own: filepath.Join(c.dir, "caches")} }

// files is the directory with the caches while the commands run; part is its place in a base.
func (c cacheRun) files() string {
	if c.layered() {
		return c.caches().Files()
	}
	return filepath.Join(c.shell.Home, goCache)
}

func (c cacheRun) part() string {
	if c.layered() {
		return "."
	}
	return filepath.Join("go", "build")
}

// check runs the commands one after the other, like those of a session but with the repository's network.
func (c cacheRun) check(ctx context.Context) error {
	spec := sandbox.RunSpec{Dir: c.tree.Dir, Shell: c.shell, Timeout: c.w.opt.CheckTimeout, AllowUnsandboxed: c.w.opt.AllowUnsandboxed}
	if c.layered() {
		spec.Shell.Caches = c.caches()
	}
	if c.w.opt.CacheNet != nil {
		net := c.w.opt.CacheNet(c.t, c.r.ID)
		defer net.Close()
		spec.Shell.Proxy, spec.Out = net.Proxy, net.Out
	}
	for _, command := range c.r.CheckCommands {
		var err error
		if spec.Argv, err = repository.Argv(command, c.r.ChecksInShell); err != nil {
			return err
		}
		got, err := sandbox.Run(ctx, spec)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		if v := verdict(got); v != repository.Passed {
			return fault.New(fault.Unavailable, "The check command %q did not pass on the default branch (%s, exit code %d).", command, v, got.Exit)
		}
	}
	return nil
}

// watch ends the run when its directory becomes too large.
func (c cacheRun) watch(ctx context.Context, end context.CancelCauseFunc) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if used, err := diskUse(ctx, c.dir); err == nil && used > runTimes*c.limit() {
			end(c.exceeded())
		}
	}
}

// runTimes is how many times the limit of a base the whole run may use, with its tree and its home.
const runTimes = 4

func (c cacheRun) limit() int64 {
	if c.w.opt.CacheBytes > 0 {
		return c.w.opt.CacheBytes
	}
	return cacheBytes
}

func (c cacheRun) tooLarge(ctx context.Context) error {
	used, err := diskUse(ctx, c.files())
	if err == nil && used > c.limit() {
		return c.exceeded()
	}
	return err
}

// ErrCachesTooLarge means that a run was not published, because its caches have outgrown their limit. The next run should be fresh.
var ErrCachesTooLarge = errors.New("the tool caches are too large")

func (c cacheRun) exceeded() error {
	return fault.New(fault.Exhausted, "The tool caches of repository %s are larger than %s.", c.r.Name, quota.Bytes(c.limit())).Because(ErrCachesTooLarge)
}

// publish makes the caches the newest base. They are on the disk before they have their name: after a power failure, an empty file of a
// base would count as cached.
func (c cacheRun) publish() error {
	all, err := c.w.opt.Rooms.baseNumbers(c.t, c.r.ID)
	if err != nil {
		return err
	}
	next := 1
	if len(all) > 0 {
		next = all[0] + 1
	}
	whole := filepath.Join(c.dir, "base")
	if err := os.MkdirAll(filepath.Dir(filepath.Join(whole, c.part())), 0o700); err != nil {
		return fmt.Errorf("publish tool caches: %w", err)
	}
	if err := os.Rename(c.files(), filepath.Join(whole, c.part())); err != nil {
		return fmt.Errorf("publish tool caches: %w", err)
	}
	if err := errors.Join(sandbox.Own(whole, c.shell.UID), syncDisk(whole), os.MkdirAll(c.w.opt.Rooms.bases(c.t, c.r.ID), 0o700)); err != nil {
		return fmt.Errorf("publish tool caches: %w", err)
	}
	base := c.w.opt.Rooms.base(c.t, c.r.ID, next)
	c.w.published.Store(base, time.Now())
	return os.Rename(whole, base)
}

// clear ends what a run left running and deletes its directories, also those of a server that was killed.
func (c cacheRun) clear(ctx context.Context) error {
	if _, err := os.Lstat(c.dir); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err := sandbox.KillSession(c.shell.Session); err != nil {
		return err
	}
	return errors.Join(c.w.opt.Git.Remove(ctx, c.tree), walk.RemoveAll(c.dir))
}
