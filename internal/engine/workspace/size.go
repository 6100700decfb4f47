package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/walk"
)

// Size measures the disk space of a team's directories: holes in files do not count, a file with several names counts once, and no
// link leads out of a directory. If ctx ends first, Size returns the sum so far. A part that cannot be measured is an Exhausted fault, with
// the sum of all others.
func (w *Space) Size(ctx context.Context, t tenant.ID) (v quota.Storage, err error) {
	r := w.opt.Rooms
	parts := []part{{&v.Clones, r.Repos(t)}, {&v.Clones, r.allCaches(t)}, {&v.Trees, r.trees(t)}, {&v.Homes, filepath.Join(r.Team(t), oldHome)}}
	entries, err := os.ReadDir(r.sessions(t))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return v, err
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue // the link of a session to the directory of a spare, which counts under its own name
		}
		dir := filepath.Join(r.sessions(t), e.Name())
		parts = append(parts, part{&v.Homes, filepath.Join(dir, "home")}, part{&v.Homes, filepath.Join(dir, "conf")}, part{&v.Homes, filepath.Join(dir, "conversations")}, part{&v.Trees, filepath.Join(dir, "git")}, part{&v.Trees, filepath.Join(dir, "shell")}, part{&v.Trees, filepath.Join(dir, "tree")},
			part{&v.Trees, filepath.Join(dir, layersDir)})
	}
	var incomplete error
	for _, p := range parts {
		n, err := diskUse(ctx, p.dir)
		*p.into += n
		if errors.Is(err, walk.ErrIncomplete) {
			incomplete = err
		} else if err != nil {
			return v, err
		}
	}
	return v, incomplete
}

// part is a directory and the sum that it is added to.
type part struct {
	into *int64
	dir  string
}

// diskUse sums the blocks of the files below dir, 0 if there is no dir. It makes directories that their owner has closed readable, and
// skips files that vanish. An error of the package walk comes with the sum of everything else; if ctx ends, the sum so far is returned.
func diskUse(ctx context.Context, dir string) (sum int64, err error) {
	seen := map[[2]uint64]bool{}
	var incomplete error
	note := func(err error) error {
		incomplete = err
		return nil
	}
	err = walk.Tree(ctx, dir, walk.Options{Open: true, Incomplete: note}, func(e *walk.Entry) error {
		sum += blocks(e, seen)
		return nil
	})
	if err != nil && ctx.Err() == nil {
		return sum, fmt.Errorf("measure a directory: %w", err)
	}
	return sum, incomplete
}

func blocks(e *walk.Entry, seen map[[2]uint64]bool) int64 {
	if e.Stat.Nlink > 1 && e.Type() != fs.ModeDir {
		inode := [2]uint64{uint64(e.Stat.Dev), e.Stat.Ino}
		if seen[inode] {
			return 0
		}
		seen[inode] = true
	}
	return e.Stat.Blocks * 512
}
