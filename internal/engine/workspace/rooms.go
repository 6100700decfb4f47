package workspace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// Rooms are the directories of the teams and their sessions below Dir, and the owners of those that agents can write to. A session's
// tree, git directory, OpenCode's home and the home of its commands belong to the agents' user; every directory above them is the server's.
type Rooms struct {
	Dir string
	// Users assigns each team its own system user; with nil, the server's user owns everything.
	Users *sandbox.Users
	// Limits limit the resources of each program of an agent.
	Limits sandbox.Limits
	// Caches is how sessions share the tool caches of their repository.
	Caches CacheKind
	// Group returns the limits of all processes of a session together; with nil, they share their team's only.
	Group func(tenant.ID, session.ID) (sandbox.GroupLimits, error)
	// Proxy returns the egress proxy's URL with a session's credential; with nil, shells have no proxy.
	Proxy func(tenant.ID, session.ID) string
}

// Teams lists the teams that have directories below dir; without dir there are none.
func Teams(dir string) (all []tenant.ID, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list the teams' directories: %w", err)
	}
	for _, e := range entries {
		all = append(all, tenant.ID(e.Name()))
	}
	return all, nil
}

// Team is the directory of a team.
func (r Rooms) Team(t tenant.ID) string { return filepath.Join(r.Dir, string(t)) }

func (r Rooms) sessions(t tenant.ID) string { return filepath.Join(r.Team(t), "sessions") }

// Home is the home directory of a session's agent server.
func (r Rooms) Home(t tenant.ID, s session.ID) string { return filepath.Join(r.Session(t, s), "home") }

// Conf is the directory of its configuration, which only the server can change.
func (r Rooms) Conf(t tenant.ID, s session.ID) string { return filepath.Join(r.Session(t, s), "conf") }

// Kept is the directory of the conversations that a session had before they were cut, which no agent can see.
func (r Rooms) Kept(t tenant.ID, s session.ID) string {
	return filepath.Join(r.Session(t, s), "conversations")
}

// Tree is the working tree of a session.
func (r Rooms) Tree(t tenant.ID, s session.ID) string { return filepath.Join(r.Session(t, s), "tree") }

// Git is the git directory of the working tree. A session that an earlier version began has none: its tree contains it.
func (r Rooms) Git(t tenant.ID, s session.ID) string { return filepath.Join(r.Session(t, s), "git") }

// shellHome is the home directory of the programs that its shell starts.
func (r Rooms) shellHome(t tenant.ID, s session.ID) string {
	return filepath.Join(r.Session(t, s), "shell")
}

// broker is the socket of the session's shell, in a directory of its own, which only the server can change.
func (r Rooms) broker(t tenant.ID, s session.ID) string {
	return filepath.Join(r.Session(t, s), "run", "shell")
}

// Repos is the directory of the bare clones. Agents can read it because their working trees share its objects.
func (r Rooms) Repos(t tenant.ID) string { return filepath.Join(r.Team(t), "repos") }

// trees is the directory of the server's git directories of the trees, which no agent can see.
func (r Rooms) trees(t tenant.ID) string { return filepath.Join(r.Team(t), "trees") }

// own is the server's git directory of a session's tree.
func (r Rooms) own(t tenant.ID, s session.ID) string {
	return filepath.Join(r.trees(t), string(s)+".git")
}

// User returns the id of the team's system user; 0 means the server's own.
func (r Rooms) User(t tenant.ID) (int, error) { return r.Users.Of(string(t)) }

// Shell returns the shell of a session's agent, which runs as the team's user and can read the clone that the session's tree borrows
// objects from, if it has a repository.
func (r Rooms) Shell(t tenant.ID, s session.ID, repo repository.ID) (sandbox.Shell, error) {
	uid, err := r.User(t)
	sh := sandbox.Shell{Session: r.Name(t, s), Tree: r.Tree(t, s), Home: r.shellHome(t, s), UID: uid, Limits: r.Limits, Socket: r.broker(t, s)}
	if _, err := os.Lstat(r.Git(t, s)); err == nil {
		sh.Git = r.Git(t, s)
	}
	sh.Group.Team = string(t)
	if r.Group != nil && err == nil {
		sh.Group.Limits, err = r.Group(t, s)
	}
	if repo != "" {
		sh.ReadOnly = []string{r.bare(t, repo)}
	}
	if r.Proxy != nil {
		sh.Proxy = r.Proxy(t, s)
	}
	return sh, err
}

// MakeTeam creates the directory of the team's clones, which its user can read.
func (r Rooms) MakeTeam(t tenant.ID) error {
	uid, err := r.User(t)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.Repos(t), 0o700); err != nil {
		return fmt.Errorf("create the team's directories: %w", err)
	}
	return sandbox.Lend(r.Repos(t), uid, false)
}

// Make creates the directories of a session, but not its tree. The team's user becomes the owner of both homes, even if an earlier
// server kept them for itself.
func (r Rooms) Make(t tenant.ID, s session.ID) error {
	if err := r.MakeTeam(t); err != nil {
		return err
	}
	uid, err := r.User(t)
	if err != nil {
		return err
	}
	home := r.Home(t, s)
	if err := os.MkdirAll(home, 0o700); err != nil {
		return fmt.Errorf("create the session's directories: %w", err)
	}
	if !sandbox.Owns(home, uid) {
		if err := sandbox.Own(home, uid); err != nil {
			return err
		}
	}
	return sandbox.Shell{Home: r.shellHome(t, s), UID: uid}.MakeHome()
}

func (r Rooms) bare(t tenant.ID, id repository.ID) string {
	return filepath.Join(r.Repos(t), string(id)+".git")
}

// tree returns the paths of a session's working tree. Own is out of reach of every agent.
func (r Rooms) tree(s session.Session) git.Tree {
	t := git.Tree{Dir: r.Tree(s.Tenant, s.ID), Git: r.Git(s.Tenant, s.ID), Own: r.own(s.Tenant, s.ID)}
	if s.RepositoryID != "" {
		t.Bare = r.bare(s.Tenant, s.RepositoryID)
	}
	return t
}
