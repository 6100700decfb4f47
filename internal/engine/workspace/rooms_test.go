package workspace_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
)

// TestAShellHasTheGitDirectoryBesideItsTree: a tree that an earlier version made contains its git directory, and stays as it is.
func TestAShellHasTheGitDirectoryBesideItsTree(t *testing.T) {
	t.Parallel()
	rooms := workspace.Rooms{Dir: filepath.Join(t.TempDir(), "teams")}
	team := tenant.ID("team")
	for _, old := range []bool{true, false} {
		one := session.ID("made-by-this-version")
		if old {
			one = "made-by-an-earlier-version"
		}
		must(t, rooms.Make(team, one))
		must(t, os.MkdirAll(filepath.Join(rooms.Tree(team, one), ".git"), 0o700))
		if !old {
			must(t, os.Mkdir(rooms.Git(team, one), 0o700))
		}
		sh, err := rooms.Shell(team, one, "")
		must(t, err)
		if beside := slices.Contains(sh.ReadWrite(), rooms.Git(team, one)); beside == old || len(sh.Pinned()) == 0 != old {
			t.Errorf("%s: may write to %q, pinned %q", one, sh.ReadWrite(), sh.Pinned())
		}
	}
}
