package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// host is the state of a server that is kept in its data directory, so that a restarted server can reclaim its leases and
// agents that kept running find the gateway and the egress proxy at the same addresses.
type host struct {
	Instance string `json:"instance"`
	Gateway  string `json:"gateway"`
	Egress   string `json:"egress"`

	file  string
	lock  *os.File
	isNew bool // the file was not there
}

// hostWithin is how long a start waits for the lock of its data directory. A server that was killed while it started a process leaves the lock
// to that process until it runs its program.
const hostWithin = 5 * time.Second

// lockHost makes this process the only server on a data directory, until release is called or the process ends. If another one has the lock,
// it waits for a while.
func lockHost(data string, wait time.Duration) (*host, error) {
	lock, err := os.OpenFile(filepath.Join(data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock file of the data directory: %w", err)
	}
	if err := flockWithin(lock, wait); err != nil {
		_ = lock.Close()
		return nil, fault.New(fault.Conflict, "Another server is already using %s. Stop it first, or choose a different directory with --data.", data)
	}
	h := &host{file: filepath.Join(data, "host.json"), lock: lock}
	text, err := os.ReadFile(h.file)
	if err == nil {
		err = json.Unmarshal(text, h)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		h.release()
		return nil, fault.New(fault.Conflict, "%s cannot be read. Restore it, or remove it: the server then gets a new identity and takes over its earlier sessions after their leases expire.", h.file).Because(err)
	}
	if h.Instance == "" {
		h.Instance, h.isNew = id.New(), true
		err = h.save()
		if err != nil {
			h.release()
			return nil, err
		}
	}
	return h, nil
}

func flockWithin(file *os.File, wait time.Duration) error {
	deadline := time.After(wait)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-deadline:
			return err
		}
	}
}

// save replaces the file atomically, so that a start never reads a partial file.
func (h *host) save() error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	fresh := h.file + ".new"
	f, err := os.OpenFile(fresh, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", h.file, err)
	}
	_, err = f.Write(text)
	// Synced, because after a power failure a file that was only renamed can be empty.
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", h.file, err)
	}
	return os.Rename(fresh, h.file)
}

func (h *host) release() { _ = h.lock.Close() }
