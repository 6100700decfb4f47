package workspace

import (
	"context"
	"fmt"
	"path/filepath"
	"syscall"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// Free is what the disk of the teams' directories has left, in bytes.
func (w *Space) Free() (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(w.opt.Rooms.Dir, &s); err != nil {
		return 0, fmt.Errorf("ask for the free disk: %w", err)
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}

// Weigh is what a session's tree and home take on disk, as Size measures it.
func (w *Space) Weigh(ctx context.Context, s session.Session) (taken int64, err error) {
	for _, dir := range []string{w.opt.Rooms.tree(s).Dir, sandbox.HomeOf(w.opt.Rooms.Work(s.Tenant), string(s.ID))} {
		n, err := diskUse(ctx, dir)
		if err != nil {
			return 0, fmt.Errorf("weigh %s: %w", filepath.Base(dir), err)
		}
		taken += n
	}
	return taken, nil
}
