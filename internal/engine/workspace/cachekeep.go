package workspace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
	"github.com/industrial-orchestrator/orchestrator/internal/walk"
)

// startWithin is how long after the publication of a base a program may still start with the one before, because the server chose it
// earlier.
const startWithin = 5 * time.Minute

// PruneCaches deletes what no session can use any more: the tool caches of repositories for which isLive is false, older bases, and the
// rest of a run that a killed server left. What a program uses is kept for a later pass. No run may be in progress.
func (w *Space) PruneCaches(isLive func(tenant.ID, repository.ID) bool) error {
	teams, err := Teams(w.opt.Rooms.Dir)
	for _, t := range teams {
		entries, failed := os.ReadDir(w.opt.Rooms.allCaches(t))
		if failed != nil && !errors.Is(failed, fs.ErrNotExist) {
			err = errors.Join(err, failed)
		}
		for _, e := range entries {
			id := repository.ID(e.Name())
			err = errors.Join(err, w.pruneRepository(t, id, isLive(t, id)))
		}
	}
	return err
}

func (w *Space) pruneRepository(t tenant.ID, id repository.ID, isLive bool) error {
	dir := w.opt.Rooms.caches(t, id)
	if err := w.removeRest(t, id); err != nil {
		return err
	}
	all, err := w.opt.Rooms.baseNumbers(t, id)
	if err != nil {
		return err
	}
	kept := 0
	for i, n := range all {
		isUsed, failed := isLive && (i == 0 || w.isFresh(w.opt.Rooms.base(t, id, all[i-1]))), error(nil)
		if !isUsed {
			isUsed, failed = sandbox.CachesInUse(w.opt.Rooms.base(t, id, n))
		}
		if failed == nil && !isUsed {
			failed = w.removeBase(t, id, n)
		}
		if err = errors.Join(err, failed); isUsed || failed != nil {
			kept++
		}
	}
	if err != nil || isLive || kept > 0 {
		return err
	}
	return walk.RemoveAll(dir)
}

// removeBase renames a base before it deletes it, so that nobody takes an incomplete one for a base.
func (w *Space) removeBase(t tenant.ID, id repository.ID, n int) error {
	gone := filepath.Join(w.opt.Rooms.caches(t, id), "gone-"+strconv.Itoa(n))
	if err := os.Rename(w.opt.Rooms.base(t, id, n), gone); err != nil {
		return fmt.Errorf("remove tool caches: %w", err)
	}
	return walk.RemoveAll(gone)
}

// removeRest deletes what a killed server left: a run and bases that were being deleted.
func (w *Space) removeRest(t tenant.ID, id repository.ID) error {
	dir := w.opt.Rooms.caches(t, id)
	rest, err := filepath.Glob(filepath.Join(dir, "gone-*"))
	for _, gone := range rest {
		err = errors.Join(err, walk.RemoveAll(gone))
	}
	run := filepath.Join(dir, "run")
	if _, none := os.Lstat(run); none == nil {
		err = errors.Join(err, sandbox.KillSession(cacheSession(id)), walk.RemoveAll(run))
	}
	return err
}

// cacheSession is the name under which the programs of a run are marked.
func cacheSession(id repository.ID) string { return "caches-" + string(id) }

// isFresh reports whether this server published a base so recently that a program may still start with the one before. What an earlier
// server chose has started or never will.
func (w *Space) isFresh(base string) bool {
	at, known := w.published.Load(base)
	return known && time.Since(at.(time.Time)) < startWithin
}
