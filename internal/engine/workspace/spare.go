package workspace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/walk"
)

// A spare has a directory like a session's, under its own name. The session that takes it over gets a link to it, which only the server
// can make, so that the paths that the spare's processes have stay right. Nothing is ever moved.

// Session is the directory of a session or a spare: its real path, also if a spare was taken over.
func (r Rooms) Session(t tenant.ID, s session.ID) string {
	return filepath.Join(r.sessions(t), r.Name(t, s))
}

// Name is the name of that directory. What is fixed when a process starts is named after it, such as the tag of its programs.
func (r Rooms) Name(t tenant.ID, s session.ID) string {
	if to, err := os.Readlink(filepath.Join(r.sessions(t), string(s))); err == nil && session.ID(to).IsSpare() {
		return to
	}
	return string(s)
}

// MakeSpare creates the directories of a spare with an empty working tree.
func (r Rooms) MakeSpare(t tenant.ID, spare session.ID) error {
	if err := r.Make(t, spare); err != nil {
		return err
	}
	uid, err := r.User(t)
	if err != nil {
		return err
	}
	// The server's own git directory is named after the session, which is not known yet. TakeSpare makes it.
	tree := git.Tree{Dir: r.Tree(t, spare), Git: r.Git(t, spare), Own: filepath.Join(r.Session(t, spare), "own"), Owner: uid}
	if err := tree.Begin(); err != nil {
		return err
	}
	return os.Remove(tree.Own + git.Begun)
}

// TakeSpare gives a session without directories those of a spare. It is a Conflict if the session has directories.
func (r Rooms) TakeSpare(t tenant.ID, spare, s session.ID) error {
	if !spare.IsSpare() || s.IsSpare() {
		return fmt.Errorf("%s cannot take over %s", s, spare)
	}
	link := filepath.Join(r.sessions(t), string(s))
	if _, err := os.Lstat(link); !errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.Conflict, "This session already has directories.").Because(err)
	}
	begun := r.own(t, s) + git.Begun
	if _, err := os.Lstat(r.own(t, s)); !errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.Conflict, "This session already has a working tree.").Because(err)
	}
	if err := os.MkdirAll(begun, 0o700); err != nil {
		return fmt.Errorf("take over a spare: %w", err)
	}
	if err := os.Symlink(string(spare), link); err != nil {
		return fmt.Errorf("take over a spare: %w", err)
	}
	return nil
}

// RemoveSpare deletes the directories of a spare that no session took over.
func (r Rooms) RemoveSpare(t tenant.ID, spare session.ID) error {
	taken, err := r.taken(t)
	if err != nil || taken[string(spare)] || !spare.IsSpare() {
		return err
	}
	return walk.RemoveAll(filepath.Join(r.sessions(t), string(spare)))
}

// RemoveSpares deletes what spares of an earlier run left. No spare may run.
func (r Rooms) RemoveSpares() error {
	teams, err := Teams(r.Dir)
	for _, t := range teams {
		entries, failed := os.ReadDir(r.sessions(t))
		if failed != nil && !errors.Is(failed, fs.ErrNotExist) {
			err = errors.Join(err, failed)
		}
		for _, e := range entries {
			if session.ID(e.Name()).IsSpare() {
				err = errors.Join(err, r.RemoveSpare(t, session.ID(e.Name())))
			}
		}
	}
	return err
}

// taken are the names of the spares that sessions of a team have taken over.
func (r Rooms) taken(t tenant.ID) (map[string]bool, error) {
	entries, err := os.ReadDir(r.sessions(t))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	all := map[string]bool{}
	for _, e := range entries {
		if e.Type()&fs.ModeSymlink != 0 {
			all[r.Name(t, session.ID(e.Name()))] = true
		}
	}
	return all, err
}

// removeSession deletes a session's directories, and then the link to them.
func (r Rooms) removeSession(t tenant.ID, s session.ID) error {
	if err := walk.RemoveAll(r.Session(t, s)); err != nil {
		return err
	}
	return os.RemoveAll(filepath.Join(r.sessions(t), string(s)))
}

// FixedAtStart describes what a process of a session gets at its start and keeps: a spare can be taken over only by a session for which
// this is the same.
func (r Rooms) FixedAtStart(t tenant.ID, s session.ID, repo repository.ID) (string, error) {
	sh, err := r.Shell(t, s, repo)
	if err != nil {
		return "", err
	}
	base, err := r.newest(t, repo)
	if r.Caches == NoCaches || repo == "" {
		base = nil
	}
	return fmt.Sprintf("limits %+v, group %+v, user %d, reads %s, caches %s %s", sh.Limits, sh.Group, sh.UID, strings.Join(sh.ReadOnly, ":"), r.Caches, strings.Join(base, ":")), err
}
