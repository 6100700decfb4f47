package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
	"github.com/industrial-orchestrator/orchestrator/internal/session"
)

// Free is what the disk of the teams' directories has left, in bytes.
func (w *Space) Free() (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(w.opt.Rooms.Dir, &s); err != nil {
		return 0, fmt.Errorf("ask for the free disk: %w", err)
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}

// Weigh is what a session's tree and home take on disk. It follows no link; what goes while it looks counts nothing.
func (w *Space) Weigh(ctx context.Context, s session.Session) (taken int64, err error) {
	work := w.opt.Rooms.Work(s.Tenant)
	for _, dir := range []string{w.opt.Rooms.tree(s).Dir, sandbox.HomeOf(work, string(s.ID))} {
		n, err := weighDir(ctx, dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, fmt.Errorf("weigh %s: %w", filepath.Base(dir), err)
		}
		taken += n
	}
	return taken, nil
}

func weighDir(ctx context.Context, dir string) (taken int64, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), ".", func(_ string, d fs.DirEntry, err error) error {
		if err == nil {
			if info, err := d.Info(); err == nil {
				taken += blocks(info)
			}
		}
		return ctx.Err()
	})
	return taken, err
}

// blocks is what a file takes, which is less than its size where it has holes.
func blocks(info fs.FileInfo) int64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int64(s.Blocks) * 512
	}
	return info.Size()
}
