package workspace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/walk"
)

// Directories of a team before its sessions had directories of their own: the trees of all sessions with the homes of their commands
// beside them, and the home of the one agent server, whose conversations later turns still need.
const (
	oldWork = "work"
	oldHome = "home"
)

// TeamHome is the home of the agent server that a team had in an earlier version. It may not exist.
func (r Rooms) TeamHome(t tenant.ID) string { return filepath.Join(r.Team(t), oldHome) }

// Upgrade moves the trees of an earlier version into the directories of their sessions. No agent may run. It can be repeated after it was
// interrupted.
func (r Rooms) Upgrade() error {
	teams, err := Teams(r.Dir)
	for _, t := range teams {
		if err == nil {
			err = r.upgradeTeam(t)
		}
	}
	return err
}

func (r Rooms) upgradeTeam(t tenant.ID) error {
	work := filepath.Join(r.Team(t), oldWork)
	entries, err := os.ReadDir(work)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if err == nil {
			err = r.upgradeEntry(t, filepath.Join(work, e.Name()))
		}
	}
	if err == nil {
		_ = os.Remove(work) // it stays if an agent left something else in it
	}
	if err != nil {
		return fmt.Errorf("move the working trees of an earlier version: %w", err)
	}
	return nil
}

// upgradeEntry moves a tree or the home of a session's commands, and deletes the grants of a session's commands, which have no use any
// more. The agents' user could write in the directory: anything else stays.
func (r Rooms) upgradeEntry(t tenant.ID, from string) error {
	if name, isGrants := strings.CutSuffix(filepath.Base(from), ".reads"); isGrants && id.Valid(name) {
		return walk.RemoveAll(from)
	}
	name, isHome := strings.CutSuffix(filepath.Base(from), ".home")
	info, err := os.Lstat(from)
	if err != nil || !info.IsDir() || !id.Valid(name) {
		return err
	}
	to := r.Tree(t, session.ID(name))
	if isHome {
		to = filepath.Join(filepath.Dir(to), "shell")
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	if _, err := os.Lstat(to); err == nil {
		return nil
	}
	return os.Rename(from, to)
}
