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
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
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
	// Proxy returns the egress proxy's URL with a session's credential; with nil, shells have no proxy.
	Proxy func(tenant.ID, session.ID) string
	// CheckTimeout limits one check command; zero means ten minutes.
	CheckTimeout time.Duration
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
type Space struct{ opt Options }

// New returns a Space, which creates directories when it needs them.
func New(o Options) *Space { return &Space{o} }

// Rooms are the directories of the teams below Dir, and the owners of those that agents can write to.
type Rooms struct {
	Dir string
	// Users assigns each team its own system user; with nil, the server's user owns everything.
	Users *sandbox.Users
	// Limits limit the resources of each program of an agent.
	Limits sandbox.Limits
}

// Teams lists the teams that have directories below dir.
func Teams(dir string) (all []tenant.ID, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list the teams' directories: %w", err)
	}
	for _, e := range entries {
		all = append(all, tenant.ID(e.Name()))
	}
	return all, nil
}

func (r Rooms) team(t tenant.ID, room string) string {
	return filepath.Join(r.Dir, string(t), room)
}

// Home is the home directory of a team's agent server.
func (r Rooms) Home(t tenant.ID) string { return r.team(t, "home") }

// Work is the directory of the team's working trees, one per session.
func (r Rooms) Work(t tenant.ID) string { return r.team(t, "work") }

// Repos is the directory of the bare clones. Agents can read it because their working trees share its objects.
func (r Rooms) Repos(t tenant.ID) string { return r.team(t, "repos") }

// User returns the id of the team's system user; 0 means the server's own.
func (r Rooms) User(t tenant.ID) (int, error) { return r.Users.Of(string(t)) }

// Shell returns the shell of a team's agents, which runs as the team's user.
func (r Rooms) Shell(t tenant.ID) (sandbox.Shell, error) {
	uid, err := r.User(t)
	return sandbox.Shell{Work: r.Work(t), UID: uid, Limits: r.Limits}, err
}

// Make creates the directories that an agent server can see. The team's user becomes their owner, even if an earlier server kept
// them for itself.
func (r Rooms) Make(t tenant.ID) error {
	uid, err := r.User(t)
	if err != nil {
		return err
	}
	for _, dir := range []string{r.Home(t), r.Work(t), r.Repos(t)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("create the team's directories: %w", err)
		}
	}
	for _, dir := range []string{r.Home(t), r.Work(t)} {
		if sandbox.Owns(dir, uid) {
			continue
		}
		if err := sandbox.Own(dir, uid); err != nil {
			return err
		}
	}
	return sandbox.Lend(r.Repos(t), uid, false)
}

func (r Rooms) bare(t tenant.ID, id repository.ID) string {
	return filepath.Join(r.Repos(t), string(id)+".git")
}

// tree returns the paths of a session's working tree. Own is out of reach of every agent.
func (r Rooms) tree(s session.Session) git.Tree {
	t := git.Tree{Dir: filepath.Join(r.Work(s.Tenant), string(s.ID)), Own: filepath.Join(r.team(s.Tenant, "trees"), string(s.ID)+".git")}
	if s.RepositoryID != "" {
		t.Bare = r.bare(s.Tenant, s.RepositoryID)
	}
	return t
}

// Open creates the session's tree or reopens it, and returns its directory and its base commit. A new tree starts from the current
// state of its repository.
func (w *Space) Open(ctx context.Context, s session.Session) (dir, base string, err error) {
	t := w.opt.Rooms.tree(s)
	if err := w.opt.Rooms.Make(s.Tenant); err != nil {
		return "", "", err
	}
	if err := os.MkdirAll(filepath.Dir(t.Own), 0o700); err != nil {
		return "", "", fmt.Errorf("create the trees' directory: %w", err)
	}
	if t.Owner, err = w.opt.Rooms.User(s.Tenant); err != nil {
		return "", "", err
	}
	if t.Bare == "" {
		if base, err = w.opt.Git.NewEmptyTree(ctx, t); err != nil {
			return "", "", err
		}
		return t.Dir, base, w.grant(s)
	}
	if _, err := os.Lstat(t.Own); errors.Is(err, fs.ErrNotExist) {
		if err := w.refresh(ctx, s); err != nil {
			return "", "", err
		}
	}
	if base, err = w.opt.Git.NewTree(ctx, t, s.Branch, s.BaseRef); err != nil {
		return "", "", err
	}
	return t.Dir, base, w.grant(s, t.Bare)
}

// grant sets the directories that the session's shell can read in addition to its tree, and its proxy.
func (w *Space) grant(s session.Session, readOnly ...string) error {
	g := sandbox.Grants{ReadOnly: readOnly}
	if w.opt.Proxy != nil {
		g.Proxy = w.opt.Proxy(s.Tenant, s.ID)
	}
	return sandbox.Grant(w.opt.Rooms.Work(s.Tenant), string(s.ID), g)
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

// fetch creates or updates the bare clone and lets the team's user read it.
func (w *Space) fetch(ctx context.Context, t tenant.ID, r repository.Repository, credential string, progress func(string)) error {
	if err := w.opt.Rooms.Make(t); err != nil {
		return err
	}
	src := git.Source{URL: r.URL, Path: r.Path, Credential: credential}
	if w.opt.HostKeys != nil {
		key, err := w.opt.HostKeys.PinnedKey(ctx, t, r.ID)
		if err != nil {
			return err
		}
		src.HostKey, src.Trust = key, func(ctx context.Context, key string) error { return w.opt.HostKeys.CheckHostKey(ctx, t, r.ID, key) }
	}
	if err := w.opt.Git.Clone(ctx, src, w.opt.Rooms.bare(t, r.ID), progress); err != nil {
		return err
	}
	uid, err := w.opt.Rooms.User(t)
	if err != nil {
		return err
	}
	return sandbox.Lend(w.opt.Rooms.bare(t, r.ID), uid, true)
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

// Remove deletes a session's tree, its home directory and its grants.
func (w *Space) Remove(ctx context.Context, s session.Session) error {
	t := w.opt.Rooms.tree(s)
	if err := w.opt.Git.Remove(ctx, t); err != nil {
		return err
	}
	work := w.opt.Rooms.Work(s.Tenant)
	return errors.Join(git.RemoveAll(sandbox.HomeOf(work, string(s.ID))), sandbox.Ungrant(work, string(s.ID)))
}

// RemoveTeam deletes a team's home, clones and trees.
func (w *Space) RemoveTeam(_ context.Context, t tenant.ID) error {
	return git.RemoveAll(filepath.Dir(w.opt.Rooms.Home(t)))
}

// Leave ends the processes that a session's commands left running.
func (w *Space) Leave(_ tenant.ID, s session.ID) error { return sandbox.KillSession(string(s)) }
