package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// host is what a data directory remembers of the server that works on it, so that a restarted one takes its leases back
// and agents that outlived it find the gateway and the egress proxy where they were.
type host struct {
	Instance string `json:"instance"`
	Gateway  string `json:"gateway"`
	Egress   string `json:"egress"`

	file string
	lock *os.File
}

// takeHost makes this process the only server on a data directory, until release or its own end.
func takeHost(data string) (*host, error) {
	lock, err := os.OpenFile(filepath.Join(data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the data directory's lock: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = lock.Close()
		return nil, fault.New(fault.Conflict, "Another server works on %s already: stop it first, or give this one a directory of its own with --data.", data)
	}
	h := &host{file: filepath.Join(data, "host.json"), lock: lock}
	text, err := os.ReadFile(h.file)
	if err == nil {
		err = json.Unmarshal(text, h)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		h.release()
		return nil, fmt.Errorf("read %s: %w", h.file, err)
	}
	if h.Instance == "" {
		h.Instance = id.New()
		err = h.save()
		if err != nil {
			h.release()
			return nil, err
		}
	}
	return h, nil
}

// save writes the file whole or not at all: a start must never find half of it.
func (h *host) save() error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	fresh := h.file + ".new"
	if err := os.WriteFile(fresh, text, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", h.file, err)
	}
	return os.Rename(fresh, h.file)
}

func (h *host) release() { _ = h.lock.Close() }
