package kernel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// readySetting is the setting that Ready writes.
const readySetting = "ready"

// Ready returns an Unavailable fault while the database cannot be written or is known to be damaged. It writes, because a full disk
// and a file system that became read-only still answer reads.
func (d *DB) Ready(ctx context.Context) error {
	if why := d.damaged.Load(); why != nil {
		return mapTransient(*why)
	}
	return d.System(ctx, func(s *System) error { return s.PutSetting(ctx, readySetting, strconv.FormatInt(Millis(s.Now()), 10)) })
}

// QuickCheck looks for damaged pages in a SQLite file, which takes as long as reading it; Ready tells afterwards what it found.
// PostgreSQL has checks of its own.
func (d *DB) QuickCheck(ctx context.Context) error {
	err := d.engine.quickCheck(ctx)
	d.noteDamage(err)
	return mapTransient(err)
}

// noteDamage remembers until the end of the process that the database is damaged.
func (d *DB) noteDamage(err error) {
	if err != nil && isDamaged(err) {
		d.damaged.CompareAndSwap(nil, &err)
	}
}

// FullDisk returns a fault that names the directory if nothing more can be written below it, and nil otherwise.
func FullDisk(dir string) error {
	at := dir
	for _, err := os.Stat(at); errors.Is(err, os.ErrNotExist) && at != filepath.Dir(at); _, err = os.Stat(at) {
		at = filepath.Dir(at)
	}
	f, err := os.CreateTemp(at, ".space-*")
	if err == nil {
		_, err = f.Write(make([]byte, 64<<10)) // more than the rest of a block that is in use
		err = errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
	}
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return nil
	}
	return fault.New(fault.Unavailable, "The disk of %s is full. Free up space on it or move the directory to a larger disk.", dir).Because(err)
}

// explainDisk replaces an error of opening a file by the full disk that caused it.
func explainDisk(path string, err error) error {
	if err == nil || !isDiskFull(err) && !isDiskError(err) {
		return err
	}
	if full := FullDisk(filepath.Dir(path)); full != nil {
		return fmt.Errorf("%w (%w)", full, err)
	}
	return err
}
