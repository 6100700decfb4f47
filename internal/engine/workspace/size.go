package workspace

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Size measures the disk space of a team's directories: holes in files do not count, a file with several names counts once, and no
// link leads out of a directory. If ctx ends first, Size returns the sum so far.
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
		parts = append(parts, part{&v.Homes, filepath.Join(dir, "home")}, part{&v.Homes, filepath.Join(dir, "conf")}, part{&v.Trees, filepath.Join(dir, "git")}, part{&v.Trees, filepath.Join(dir, "shell")}, part{&v.Trees, filepath.Join(dir, "tree")},
			part{&v.Trees, filepath.Join(dir, layersDir)})
	}
	for _, p := range parts {
		n, err := diskUse(ctx, p.dir)
		if err != nil {
			return v, err
		}
		*p.into += n
	}
	return v, nil
}

// part is a directory and the sum that it is added to.
type part struct {
	into *int64
	dir  string
}

// diskUse sums the blocks of the files below dir, 0 if there is no dir. It skips files that vanish or cannot be read.
func diskUse(ctx context.Context, dir string) (sum int64, err error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer root.Close()
	seen := map[[2]uint64]bool{}
	err = fs.WalkDir(root.FS(), ".", func(_ string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return fs.SkipAll
		}
		if err != nil || d == nil {
			return nil
		}
		sum += blocks(d, seen)
		return nil
	})
	return sum, err
}

func blocks(d fs.DirEntry, seen map[[2]uint64]bool) int64 {
	info, err := d.Info()
	if err != nil {
		return 0
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return info.Size()
	}
	if st.Nlink > 1 && !d.IsDir() {
		inode := [2]uint64{uint64(st.Dev), st.Ino}
		if seen[inode] {
			return 0
		}
		seen[inode] = true
	}
	return st.Blocks * 512
}
