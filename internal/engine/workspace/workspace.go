// Package workspace gives attempts their trees: clones made by the server's git, changes read without trusting what an agent
// wrote, check commands run in the session's sandbox. It decides nothing about sessions and stores nothing in the database.
package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// Options are the operator's choices.
type Options struct {
	Rooms Rooms
	Git   *git.Git
	// Source reads a repository with its credential opened.
	Source func(context.Context, tenant.ID, repository.ID) (repository.Repository, string, error)
	// HostKeys knows ssh hosts by their keys; nil trusts whatever a host shows.
	HostKeys HostKeys
	// Proxy is the egress proxy's address with a session's credential; nil gives shells none.
	Proxy func(tenant.ID, session.ID) string
	// CheckTimeout bounds one check command; zero is ten minutes.
	CheckTimeout time.Duration
	// AllowUnsandboxed is the operator's consent to hosts without Landlock.
	AllowUnsandboxed bool
}

// HostKeys knows the ssh hosts of repositories.
type HostKeys interface {
	// PinnedKey is the key a repository's host is held to; empty when none was seen yet.
	PinnedKey(context.Context, tenant.ID, repository.ID) (string, error)
	// SeeKey takes another key the host shows, or says why it is not trusted.
	SeeKey(ctx context.Context, t tenant.ID, r repository.ID, key string) error
}

// Space is the workspaces of all teams. It is safe for concurrent use.
type Space struct{ opt Options }

// New makes a Space; directories are made when they are needed.
func New(o Options) *Space { return &Space{o} }

// Rooms are the places of teams below Dir, and who owns what an agent may write.
type Rooms struct {
	Dir string
	// Users gives each team a user of its own; nil leaves everything to the server's.
	Users *sandbox.Users
	// Limits bound what each program of an agent may take.
	Limits sandbox.Limits
}

// Teams are the teams that have rooms below dir.
func Teams(dir string) (all []tenant.ID, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("look for the teams' directories: %w", err)
	}
	for _, e := range entries {
		all = append(all, tenant.ID(e.Name()))
	}
	return all, nil
}

func (r Rooms) team(t tenant.ID, room string) string {
	return filepath.Join(r.Dir, string(t), room)
}

// Home is everything a team's agent server keeps.
func (r Rooms) Home(t tenant.ID) string { return r.team(t, "home") }

// Work holds a tree for each session.
func (r Rooms) Work(t tenant.ID) string { return r.team(t, "work") }

// Repos holds the bare clones; agents may read them, because their trees borrow objects there.
func (r Rooms) Repos(t tenant.ID) string { return r.team(t, "repos") }

// User is the team's user; 0 is the server's own.
func (r Rooms) User(t tenant.ID) (int, error) { return r.Users.Of(string(t)) }

// Shell is the agents' shell of a team, as its user.
func (r Rooms) Shell(t tenant.ID) (sandbox.Shell, error) {
	uid, err := r.User(t)
	return sandbox.Shell{Work: r.Work(t), UID: uid, Limits: r.Limits}, err
}

// Make makes the rooms that an agent server is shown and sees to it that they are its user's: what an earlier server
// kept as its own is handed over.
func (r Rooms) Make(t tenant.ID) error {
	uid, err := r.User(t)
	if err != nil {
		return err
	}
	for _, dir := range []string{r.Home(t), r.Work(t), r.Repos(t)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make the team's directories: %w", err)
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

// tree names a session's places. Own lies where no agent can reach.
func (r Rooms) tree(s session.Session) git.Tree {
	t := git.Tree{Dir: filepath.Join(r.Work(s.Tenant), string(s.ID)), Own: filepath.Join(r.team(s.Tenant, "trees"), string(s.ID)+".git")}
	if s.RepositoryID != "" {
		t.Bare = r.bare(s.Tenant, s.RepositoryID)
	}
	return t
}

// Open makes the session's tree or finds it again, and answers its directory and the commit it began from. A new tree begins
// from what its repository has now.
func (w *Space) Open(ctx context.Context, s session.Session) (dir, base string, err error) {
	t := w.opt.Rooms.tree(s)
	if err := w.opt.Rooms.Make(s.Tenant); err != nil {
		return "", "", err
	}
	if err := os.MkdirAll(filepath.Dir(t.Own), 0o700); err != nil {
		return "", "", fmt.Errorf("make the trees' directory: %w", err)
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

// grant gives the session's shell what it may read beside its tree, and its way to the network.
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
	return w.Clone(ctx, s.Tenant, r, credential, nil)
}

// Clone makes or refreshes the bare clone of a repository, saying how far it is. What git refuses is told in its words.
func (w *Space) Clone(ctx context.Context, t tenant.ID, r repository.Repository, credential string, progress func(string)) error {
	if err := w.opt.Rooms.Make(t); err != nil {
		return err
	}
	src := git.Source{URL: r.URL, Path: r.Path, Credential: credential}
	if w.opt.HostKeys != nil {
		key, err := w.opt.HostKeys.PinnedKey(ctx, t, r.ID)
		if err != nil {
			return err
		}
		src.HostKey, src.Trust = key, func(ctx context.Context, key string) error { return w.opt.HostKeys.SeeKey(ctx, t, r.ID, key) }
	}
	err := w.opt.Git.Clone(ctx, src, w.opt.Rooms.bare(t, r.ID), progress)
	var failed *git.Error
	if errors.As(err, &failed) {
		return fault.New(fault.Unavailable, "The repository %s cannot be fetched: %s.", r.Name, failed.Text).Because(err)
	}
	if err != nil {
		return err
	}
	uid, err := w.opt.Rooms.User(t)
	if err != nil {
		return err
	}
	return sandbox.Lend(w.opt.Rooms.bare(t, r.ID), uid, true)
}

// Diff compares the whole tree with the commit it began from.
func (w *Space) Diff(ctx context.Context, s session.Session) ([]session.FileChange, []byte, bool, error) {
	d, err := w.opt.Git.Diff(ctx, w.opt.Rooms.tree(s), s.BaseCommit)
	return d.Files, d.Patch, d.Truncated, err
}

// Remove deletes a session's tree with the home and the reads that lie beside it.
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

// Leave ends what a session's commands left running.
func (w *Space) Leave(_ tenant.ID, s session.ID) error { return sandbox.KillSession(string(s)) }
