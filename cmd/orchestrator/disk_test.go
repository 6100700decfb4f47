package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/engine"
)

// smallDisk mounts a file system of a few MiB, and returns it and a function that fills it and one that frees it.
func smallDisk(t *testing.T) (dir string, fill, free func()) {
	t.Helper()
	dir = t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=32m"); err != nil {
		t.Skipf("left out: this host cannot mount a small disk: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	ballast := filepath.Join(dir, "ballast")
	fill = func() {
		f, err := os.Create(ballast)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		if _, err := io.Copy(f, endless{}); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("the disk does not fill: %v", err)
		}
	}
	return dir, fill, func() { _ = os.Remove(ballast) }
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

// "disk I/O error (4874)" tells nobody that the disk is full. The start says so, and what disk.
func TestAStartNamesTheFullDisk(t *testing.T) {
	t.Parallel()
	dir, fill, free := smallDisk(t)
	for name, s := range map[string]*store{
		"an existing instance": {t: t, data: filepath.Join(dir, "data"), key: filepath.Join(t.TempDir(), "key")},
		"a new instance":       {t: t, data: filepath.Join(dir, "fresh"), key: filepath.Join(t.TempDir(), "key")},
	} {
		if name == "an existing instance" {
			s.must("tenant create --slug acme --name Acme")
		}
		fill()
		if err := s.server(s.settings(), accepted{}, nil); err == nil || !strings.Contains(err.Error(), "The disk of "+s.data) || !strings.Contains(err.Error(), " is full") {
			t.Errorf("%s: %v", name, err)
		}
		free()
		if err := s.server(s.settings(), accepted{}, nil); err != nil {
			t.Errorf("%s, with room again: %v", name, err)
		}
	}
}

// A probe that only reads calls a server ready that cannot sign anybody in.
func TestAServerOnAFullDiskIsNotReady(t *testing.T) {
	t.Parallel()
	dir, fill, free := smallDisk(t)
	s := &store{t: t, data: filepath.Join(dir, "data"), key: filepath.Join(t.TempDir(), "key")}
	for _, full := range []bool{true, false} {
		err := s.server(s.settings(), accepted{}, func(srv *server) {
			srv.engine = engine.New(engine.Options{}) // which has not looked at the queue
			if full {
				fill()
				defer free()
			}
			if err := srv.app.Console.Ready(t.Context()); !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "disk is full") != full {
				t.Errorf("full %v: %v", full, err)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
