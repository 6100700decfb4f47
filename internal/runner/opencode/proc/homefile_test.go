package proc

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// What OpenCode left at the name of a file in its home neither blocks the server nor fills its memory.
func TestPlantedFilesOfAHomeBlockNothing(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "outside")
	plants := map[string]func(path string) error{
		"a pipe":      func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a directory": func(path string) error { return os.MkdirAll(filepath.Join(path, "full"), 0o700) },
		"a link out":  func(path string) error { return os.Symlink(outside, path) },
		"a file":      func(path string) error { return os.WriteFile(path, []byte("old"), 0o600) },
	}
	for what, plant := range plants {
		h := home{dir: t.TempDir()}
		if err := plant(h.output()); err != nil {
			t.Fatal(err)
		}
		if text, err := h.read(h.output()); (err == nil) != (what == "a file") {
			t.Errorf("%s is read: %q, %v", what, text, err)
		}
		f, err := h.open(h.output(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY)
		if err != nil {
			t.Errorf("%s stays in the way: %v", what, err)
			continue
		}
		if _, err := f.WriteString("new"); err != nil {
			t.Error(err)
		}
		_ = f.Close()
		if text, err := h.read(h.output()); err != nil || string(text) != "new" {
			t.Errorf("in place of %s: %q, %v", what, text, err)
		}
	}
	if _, err := os.Stat(outside); err == nil {
		t.Error("a link was followed")
	}
	h := home{dir: t.TempDir()}
	if err := os.WriteFile(h.output(), []byte("listening on http"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(h.output(), 64<<20); err != nil {
		t.Fatal(err)
	}
	if text, err := h.read(h.output()); err != nil || len(text) > 2<<20 || !bytes.HasPrefix(text, []byte("listening")) {
		t.Errorf("%d bytes are read, %v", len(text), err)
	}
}
