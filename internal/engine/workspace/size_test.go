package workspace_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
)

// TestSizeCountsTheDiskAndNothingElse: links lead nowhere, holes and second names count nothing.
func TestSizeCountsTheDiskAndNothingElse(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	rooms := workspace.Rooms{Dir: filepath.Join(base, "teams")}
	space, team := workspace.New(workspace.Options{Rooms: rooms}), tenant.ID("team")
	const one = session.ID("one")
	if v, err := space.Size(t.Context(), team); err != nil || v.Used() != 0 {
		t.Fatalf("a team without directories: %+v, %v", v, err)
	}
	must(t, rooms.Make(team, one))
	must(t, os.Mkdir(rooms.Tree(team, one), 0o700))
	outside := filepath.Join(base, "outside")
	must(t, os.WriteFile(outside, make([]byte, 4<<20), 0o600))
	must(t, os.WriteFile(filepath.Join(rooms.Tree(team, one), "large"), written(1<<20), 0o600))
	before, err := space.Size(t.Context(), team)
	if err != nil || before.Trees < 1<<20 || before.Trees > 1<<20+64<<10 {
		t.Fatalf("a file of one MiB: %+v, %v", before, err)
	}
	must(t, os.Link(filepath.Join(rooms.Tree(team, one), "large"), filepath.Join(rooms.Tree(team, one), "again")))
	must(t, os.Symlink(outside, filepath.Join(rooms.Tree(team, one), "file")))
	must(t, os.Symlink(base, filepath.Join(rooms.Tree(team, one), "dir")))
	must(t, os.WriteFile(filepath.Join(rooms.Home(team, one), "hole"), nil, 0o600))
	must(t, os.Truncate(filepath.Join(rooms.Home(team, one), "hole"), 1<<30))
	after, err := space.Size(t.Context(), team)
	if err != nil || after.Trees-before.Trees > 64<<10 || after.Homes-before.Homes > 64<<10 {
		t.Errorf("links and holes: %+v after %+v, %v", after, before, err)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if v, err := space.Size(done, team); err != nil || v.Used() != 0 {
		t.Errorf("without time: %+v, %v", v, err)
	}
}

func written(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'x'
	}
	return b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
