package workspace

import (
	"context"
	"fmt"
	"path/filepath"
	"syscall"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// Free returns the free space of the disk with the teams' directories, in bytes.
func (w *Space) Free() (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(w.opt.Rooms.Dir, &s); err != nil {
		return 0, fmt.Errorf("read the free disk space: %w", err)
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}

// Weigh returns the disk space of a session's tree and home directory, measured as in Size.
func (w *Space) Weigh(ctx context.Context, s session.Session) (used int64, err error) {
	for _, dir := range []string{w.opt.Rooms.tree(s).Dir, sandbox.HomeOf(w.opt.Rooms.Work(s.Tenant), string(s.ID))} {
		n, err := diskUse(ctx, dir)
		if err != nil {
			return 0, fmt.Errorf("weigh %s: %w", filepath.Base(dir), err)
		}
		used += n
	}
	return used, nil
}
