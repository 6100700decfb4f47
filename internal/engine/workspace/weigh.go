package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
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

// Weigh returns the disk space of a session's directories, measured as in Size, and of the deleted files that its programs have open. A
// part that cannot be measured is an Exhausted fault, with the sum of all others.
func (w *Space) Weigh(ctx context.Context, s session.Session) (int64, error) {
	used, err := diskUse(ctx, w.opt.Rooms.Session(s.Tenant, s.ID))
	if err != nil {
		err = fmt.Errorf("weigh a session's directories: %w", err)
	}
	open, failed := w.unlinked(s)
	return used + open, errors.Join(err, failed)
}

// lowSpace is the free space below which a session must not hide files: a program can forbid the server to see which it has open.
const lowSpace = 1 << 30

func (w *Space) unlinked(s session.Session) (int64, error) {
	open, err := sandbox.Unlinked(w.opt.Rooms.Name(s.Tenant, s.ID), w.opt.Rooms.Dir)
	if !errors.Is(err, fs.ErrPermission) {
		return open, err
	}
	if free, failed := w.Free(); failed != nil || free >= lowSpace {
		return open, failed
	}
	return open, fault.New(fault.Exhausted, "The disk is almost full, and a program of the session does not show the server which deleted files it has open.").Because(err)
}
