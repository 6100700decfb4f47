// Package workspace manages the working trees of sessions: the server's own git clones them and reads their changes without trusting
// any file that an agent wrote, and check commands run in the session's sandbox. The package decides nothing about sessions and
// stores nothing in the database.
package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
	"github.com/industrial-orchestrator/orchestrator/internal/walk"
)

// Options configure a Space.
type Options struct {
	Rooms Rooms
	Git   *git.Git
	// Source returns a repository and its decrypted credential.
	Source func(context.Context, tenant.ID, repository.ID) (repository.Repository, string, error)
	// Fetched stores what a fetch before a session's start brought; nil stores nothing.
	Fetched func(context.Context, tenant.ID, repository.ID, repository.Inspection) error
	// HostKeys stores the keys of ssh hosts; nil accepts every key.
	HostKeys HostKeys
	// CheckTimeout limits one check command; zero means ten minutes.
	CheckTimeout time.Duration
	// CacheNet opens the network of a run that fills the tool caches of a repository; nil gives it none.
	CacheNet func(tenant.ID, repository.ID) CacheNet
	// CacheBytes limits the disk space of a repository's tool caches; zero means 2 GiB.
	CacheBytes int64
	// AllowUnsandboxed permits check commands on hosts without Landlock.
	AllowUnsandboxed bool
}

// HostKeys stores the ssh host keys of repositories.
type HostKeys interface {
	// PinnedKey returns the key that the repository's host must present, or "" if it has not been seen yet.
	PinnedKey(context.Context, tenant.ID, repository.ID) (string, error)
	// CheckHostKey stores another key that the host presents, or returns why it is not trusted.
	CheckHostKey(ctx context.Context, t tenant.ID, r repository.ID, key string) error
}

// Space manages the workspaces of all teams. It is safe for concurrent use.
type Space struct {
	opt       Options
	published sync.Map // base of tool caches → time.Time
	fetched   fetches
}

// New returns a Space, which creates directories when it needs them.
func New(o Options) *Space { return &Space{opt: o} }

// Begin creates the directories of a session that has no tree yet, so that its agent server can start while Open fills them.
func (w *Space) Begin(_ context.Context, s session.Session) error {
	t, err := w.prepare(s)
	if err == nil {
		err = t.Begin()
	}
	return err
}

// prepare creates the directories around a session's tree.
func (w *Space) prepare(s session.Session) (t git.Tree, err error) {
	t = w.opt.Rooms.tree(s)
	if err := w.opt.Rooms.Make(s.Tenant, s.ID); err != nil {
		return t, err
	}
	if err := os.MkdirAll(filepath.Dir(t.Own), 0o700); err != nil {
		return t, fmt.Errorf("create the trees' directory: %w", err)
	}
	t.Owner, err = w.opt.Rooms.User(s.Tenant)
	return t, err
}

// Open creates the session's tree or reopens it, and returns its directory and its base commit. A new tree starts from the current
// state of its repository.
func (w *Space) Open(ctx context.Context, s session.Session) (dir, base string, err error) {
	t, err := w.prepare(s)
	if err != nil {
		return "", "", err
	}
	if t.Bare == "" {
		if base, err = w.opt.Git.NewEmptyTree(ctx, t); err != nil {
			return "", "", err
		}
		return t.Dir, base, nil
	}
	if _, err := os.Lstat(t.Own); errors.Is(err, fs.ErrNotExist) {
		if err := w.refresh(ctx, s); err != nil {
			return "", "", err
		}
	}
	if base, err = w.opt.Git.NewTree(ctx, t, s.Branch, s.BaseRef); err != nil {
		return "", "", err
	}
	return t.Dir, base, nil
}

func (w *Space) refresh(ctx context.Context, s session.Session) error {
	r, credential, err := w.opt.Source(ctx, s.Tenant, s.RepositoryID)
	if err != nil {
		return err
	}
	found, err := w.Clone(ctx, s.Tenant, r, credential, nil)
	if err != nil || w.opt.Fetched == nil {
		return err
	}
	return w.opt.Fetched(ctx, s.Tenant, r.ID, found)
}

// Clone creates or updates the bare clone of a repository, reports its progress, and returns what the clone contains.
func (w *Space) Clone(ctx context.Context, t tenant.ID, r repository.Repository, credential string, progress func(string)) (found repository.Inspection, err error) {
	if err := w.fetch(ctx, t, r, credential, progress); err != nil {
		return found, named(r, err)
	}
	found, err = w.opt.Git.Inspect(ctx, w.opt.Rooms.bare(t, r.ID), r.DefaultBranch)
	return found, named(r, err)
}

// named turns a failure of git into a fault that names the repository and has git's message.
func named(r repository.Repository, err error) error {
	var failed *git.Error
	if errors.As(err, &failed) && fault.KindOf(err) == fault.Internal {
		return fault.New(fault.Unavailable, "Repository %s could not be fetched: %s.", r.Name, strings.TrimSuffix(failed.Text, ".")).Because(err)
	}
	return err
}

// source is how git reaches the remote of a repository.
func (w *Space) source(ctx context.Context, t tenant.ID, r repository.Repository, credential string) (git.Source, error) {
	src := git.Source{URL: r.URL, Path: r.Path, Credential: credential}
	if w.opt.HostKeys == nil {
		return src, nil
	}
	key, err := w.opt.HostKeys.PinnedKey(ctx, t, r.ID)
	src.HostKey, src.Trust = key, func(ctx context.Context, key string) error { return w.opt.HostKeys.CheckHostKey(ctx, t, r.ID, key) }
	return src, err
}

// fetch creates or updates the bare clone and lets the team's user read it.
func (w *Space) fetch(ctx context.Context, t tenant.ID, r repository.Repository, credential string, progress func(string)) error {
	if err := w.opt.Rooms.MakeTeam(t); err != nil {
		return err
	}
	src, err := w.source(ctx, t, r, credential)
	if err != nil {
		return err
	}
	if err := w.opt.Git.Clone(ctx, src, w.opt.Rooms.bare(t, r.ID), progress); err != nil {
		return err
	}
	return w.lend(t, r.ID)
}

// Gaps returns what a session's tree lacks of its base commit; an empty workspace lacks nothing.
func (w *Space) Gaps(ctx context.Context, s session.Session, base string) (repository.Gaps, error) {
	if s.RepositoryID == "" {
		return repository.Gaps{}, nil
	}
	return w.opt.Git.Gaps(ctx, w.opt.Rooms.bare(s.Tenant, s.RepositoryID), base)
}

// Diff compares the whole tree with its base commit.
func (w *Space) Diff(ctx context.Context, s session.Session) ([]session.FileChange, []byte, bool, error) {
	d, err := w.opt.Git.Diff(ctx, w.opt.Rooms.tree(s), s.BaseCommit)
	return d.Files, d.Patch, d.Truncated, err
}

// Remove deletes a session's directories and the server's git directory of its tree.
func (w *Space) Remove(ctx context.Context, s session.Session) error {
	t := w.opt.Rooms.tree(s)
	if err := w.opt.Git.Remove(ctx, t); err != nil {
		return err
	}
	return w.opt.Rooms.removeSession(s.Tenant, s.ID)
}

// RemoveTeam deletes a team's home, clones and trees.
func (w *Space) RemoveTeam(_ context.Context, t tenant.ID) error {
	return walk.RemoveAll(w.opt.Rooms.Team(t))
}

// Leave ends the processes that a session's commands left running.
func (w *Space) Leave(t tenant.ID, s session.ID) error {
	return sandbox.KillSession(w.opt.Rooms.Name(t, s))
}
