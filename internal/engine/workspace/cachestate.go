package workspace

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// cacheEvery is the minimum time between two runs for a repository.
const cacheEvery = time.Hour

// cacheState is what the server remembers of the runs of a repository, in a file beside its bases.
type cacheState struct {
	// Commit and Commands are those of the last run, which passed or failed.
	Commit   string `json:"commit"`
	Commands string `json:"commands"`
	// Fetched is the fetch after which Commit was compared with the default branch.
	Fetched time.Time `json:"fetched"`
	RanAt   time.Time `json:"ran_at"`
	// Fresh is true if the last run became too large; the next one starts without a base.
	Fresh bool `json:"fresh,omitempty"`
}

func (r Rooms) cacheStateFile(t tenant.ID, id repository.ID) string {
	return filepath.Join(r.caches(t, id), "state.json")
}

// cacheState reads the state; a missing or unreadable file means that there was no run yet.
func (r Rooms) cacheState(t tenant.ID, id repository.ID) (s cacheState, err error) {
	text, err := os.ReadFile(r.cacheStateFile(t, id))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read the state of tool caches: %w", err)
	}
	if json.Unmarshal(text, &s) != nil {
		return cacheState{}, nil
	}
	return s, nil
}

func (r Rooms) saveCacheState(t tenant.ID, id repository.ID, s cacheState) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	file := r.cacheStateFile(t, id)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("write the state of tool caches: %w", err)
	}
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return fmt.Errorf("write the state of tool caches: %w", err)
	}
	return os.Rename(file+".new", file)
}

// CachesDue reports whether the repository was fetched or its check commands changed since the caches were last looked at, and the last
// run is at least an hour ago. It runs no git.
func (w *Space) CachesDue(t tenant.ID, r repository.Repository, now time.Time) (bool, error) {
	if w.opt.Rooms.Caches == NoCaches {
		return false, nil
	}
	s, err := w.opt.Rooms.cacheState(t, r.ID)
	if err != nil || now.Sub(s.RanAt) < cacheEvery {
		return false, err
	}
	return s.RanAt.IsZero() || !s.Fetched.Equal(r.Inspection.At) || s.Commands != commandsOf(r), nil
}

// KeepCaches fills the repository's caches if its default branch or its check commands are others than at the last run. A run that
// does not pass is not repeated until one of them changes.
func (w *Space) KeepCaches(ctx context.Context, t tenant.ID, r repository.Repository, now time.Time) error {
	was, err := w.opt.Rooms.cacheState(t, r.ID)
	if err != nil {
		return err
	}
	commit, err := w.opt.Git.Resolve(ctx, w.opt.Rooms.bare(t, r.ID), r.DefaultBranch)
	if err != nil {
		return err
	}
	s := cacheState{Commit: commit, Commands: commandsOf(r), Fetched: r.Inspection.At, RanAt: was.RanAt, Fresh: was.Fresh}
	if s.Commit == was.Commit && s.Commands == was.Commands {
		return w.opt.Rooms.saveCacheState(t, r.ID, s)
	}
	err = w.FillCaches(ctx, t, r, was.Fresh)
	if ctx.Err() != nil {
		return err // the server is stopping: its next start runs them again
	}
	s.RanAt, s.Fresh = now, errors.Is(err, ErrCachesTooLarge)
	return errors.Join(err, w.opt.Rooms.saveCacheState(t, r.ID, s))
}

// commandsOf is a digest of what a run would do on a commit.
func commandsOf(r repository.Repository) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%v\n%s\n%s", r.ChecksInShell, r.DefaultBranch, strings.Join(r.CheckCommands, "\n")))
	return hex.EncodeToString(sum[:])
}
