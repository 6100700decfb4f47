package workspace

import (
	"context"
	"fmt"
	"syscall"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Free returns the free space of the disk with the teams' directories, in bytes.
func (w *Space) Free() (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(w.opt.Rooms.Dir, &s); err != nil {
		return 0, fmt.Errorf("read the free disk space: %w", err)
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}

// Weigh returns the disk space of a session's directories, measured as in Size, also beside an error.
func (w *Space) Weigh(ctx context.Context, s session.Session) (int64, error) {
	used, err := diskUse(ctx, w.opt.Rooms.Session(s.Tenant, s.ID))
	if err != nil {
		return used, fmt.Errorf("weigh a session's directories: %w", err)
	}
	return used, nil
}
