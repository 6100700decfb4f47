package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode"
)

// TestASessionsSocketsGoWithItsProcess: each session has sockets of its own, so what is left of them would only ever grow.
func TestASessionsSocketsGoWithItsProcess(t *testing.T) {
	t.Parallel()
	b, err := newBridges(filepath.Join(t.TempDir(), "run"), func(k opencode.Key) string { return string(k.Session) })
	if err != nil {
		t.Fatal(err)
	}
	own, other := opencode.Key{Tenant: "t", Session: "one"}, opencode.Key{Tenant: "t", Session: "two"}
	for _, path := range []string{b.socket(own, 4001), b.socket(own, 4002), b.socket(other, 4001), filepath.Join(b.dir, "gateway")} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // a process may be forgotten twice
		if err := b.remove(own); err != nil {
			t.Fatal(err)
		}
	}
	left, err := filepath.Glob(filepath.Join(b.dir, "*"))
	if want := []string{filepath.Join(b.dir, "gateway"), b.socket(other, 4001)}; err != nil || !slices.Equal(left, want) {
		t.Errorf("there are %q, want %q", left, want)
	}
}
