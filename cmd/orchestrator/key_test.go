package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeysAreRotatedAndDropped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := func(args ...string) said {
		return orchestrator("", append(append([]string{"key"}, args...), "--data", filepath.Join(dir, "data"))...)
	}
	first := sealing(t, key("list"))
	if s := key("drop", first); s.code != 1 || !strings.Contains(s.err, "add a new one first") {
		t.Errorf("dropping the only key: %+v", s)
	}
	if s := key("rotate"); s.code != 0 || !strings.Contains(s.out, "Secrets re-encrypted: 0.") {
		t.Errorf("rotate: %+v", s)
	}
	second := sealing(t, key("list"))
	if second == first {
		t.Error("the old key still seals")
	}
	if s := key("drop", first); s.code != 0 {
		t.Errorf("drop: %+v", s)
	}
	if s := key("drop", first); s.code != 1 || !strings.Contains(s.err, "no key with this ID") {
		t.Errorf("dropping twice: %+v", s)
	}
	info, err := os.Stat(filepath.Join(dir, "data.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file: %v, %v", info, err)
	}
}

// sealing is the id of the key that seals.
func sealing(t *testing.T, s said) string {
	t.Helper()
	for line := range strings.Lines(s.out) {
		if f := strings.Fields(line); len(f) == 3 && f[2] == "true" {
			return f[0]
		}
	}
	t.Fatalf("no key seals: %+v", s)
	return ""
}
