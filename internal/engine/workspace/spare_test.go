package workspace_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// TestASessionGetsTheDirectoriesOfASpare: they are filled where they are, count once, are the session's in every way, and go with it.
func TestASessionGetsTheDirectoriesOfASpare(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	g, err := git.New(git.Options{Home: filepath.Join(root, "git")})
	must(t, err)
	rooms := workspace.Rooms{Dir: filepath.Join(root, "teams")}
	space := workspace.New(workspace.Options{Rooms: rooms, Git: g})
	s := session.Session{Tenant: yardTeam, ID: session.ID(id.New())}
	spare := session.SpareOf(id.New())
	must(t, rooms.MakeSpare(yardTeam, spare))
	tree := rooms.Tree(yardTeam, spare)
	before, err := os.Stat(tree)
	must(t, err)
	dot, err := os.Stat(filepath.Join(tree, ".git"))
	must(t, err)

	must(t, rooms.TakeSpare(yardTeam, spare, s.ID))
	must(t, space.Begin(t.Context(), s))
	dir, base, err := space.Open(t.Context(), s)
	must(t, err)
	after, err := os.Stat(dir)
	must(t, err)
	pinned, err := os.Stat(filepath.Join(dir, ".git"))
	must(t, err)
	if dir != tree || base == "" || !os.SameFile(before, after) || !os.SameFile(dot, pinned) {
		t.Errorf("the tree is %s, want %s, with the directory and the .git of before", dir, tree)
	}
	c := exec.CommandContext(t.Context(), "git", "rev-parse", "--show-toplevel", "HEAD")
	c.Dir = dir
	if out, err := c.Output(); err != nil || string(out) != tree+"\n"+base+"\n" {
		t.Errorf("git says %q, %v", out, err)
	}
	must(t, os.WriteFile(filepath.Join(dir, "large"), written(1<<20), 0o600))
	v, err := space.Size(t.Context(), yardTeam)
	if must(t, err); v.Trees < 1<<20 || v.Trees > 2<<20 {
		t.Errorf("the team's trees use %d bytes, want one MiB and a little", v.Trees)
	}
	if n, err := space.Weigh(t.Context(), s); err != nil || n < 1<<20 {
		t.Errorf("the session uses %d bytes, %v", n, err)
	}
	sh, err := rooms.Shell(yardTeam, s.ID, "")
	if must(t, err); sh.Session != string(spare) || sh.Tree != tree || len(sh.Pinned()) != 1 {
		t.Errorf("its shell is %+v", sh)
	}
	if again, _, err := space.Open(t.Context(), s); err != nil || again != dir {
		t.Errorf("opened again it is %s, %v", again, err)
	}
	must(t, rooms.RemoveSpares())
	must(t, rooms.RemoveSpare(yardTeam, spare))
	if _, err := os.Stat(filepath.Join(dir, "large")); err != nil {
		t.Errorf("a session lost its tree to the removal of spares: %v", err)
	}
	must(t, space.Remove(t.Context(), s))
	must(t, space.Remove(t.Context(), s))
	if left, _ := filepath.Glob(filepath.Join(rooms.Team(yardTeam), "*s", "*")); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// TestASpareIsForASessionWithoutDirectories: no session loses what it has, and no path leads anywhere else.
func TestASpareIsForASessionWithoutDirectories(t *testing.T) {
	t.Parallel()
	rooms := workspace.Rooms{Dir: filepath.Join(t.TempDir(), "teams")}
	spare, old := session.SpareOf(id.New()), session.ID(id.New())
	must(t, rooms.MakeSpare(yardTeam, spare))
	must(t, rooms.Make(yardTeam, old))
	if err := rooms.TakeSpare(yardTeam, spare, old); !fault.Is(err, fault.Conflict) {
		t.Errorf("a session with directories: %v", err)
	}
	one := session.ID(id.New())
	must(t, rooms.TakeSpare(yardTeam, spare, one))
	if err := rooms.TakeSpare(yardTeam, session.SpareOf(id.New()), one); !fault.Is(err, fault.Conflict) {
		t.Errorf("a session with a spare's directories: %v", err)
	}
	for _, wrong := range []session.ID{old, "spare-../../x", "spare-"} {
		if err := rooms.TakeSpare(yardTeam, wrong, session.ID(id.New())); err == nil {
			t.Errorf("%q was taken over", wrong)
		}
	}
	link := filepath.Join(rooms.Team(yardTeam), "sessions", "linked")
	must(t, os.Symlink("../../..", link))
	if got := rooms.Session(yardTeam, "linked"); got != link {
		t.Errorf("a foreign link leads to %s", got)
	}
}

// TestSparesOfAnEarlierRunGo with their directories, which nobody can use any more.
func TestSparesOfAnEarlierRunGo(t *testing.T) {
	t.Parallel()
	rooms := workspace.Rooms{Dir: filepath.Join(t.TempDir(), "teams")}
	must(t, rooms.RemoveSpares())
	taken, left, s := session.SpareOf(id.New()), session.SpareOf(id.New()), session.ID(id.New())
	must(t, rooms.MakeSpare(yardTeam, taken))
	must(t, rooms.MakeSpare(yardTeam, left))
	must(t, rooms.Make(yardTeam, "cold"))
	must(t, rooms.TakeSpare(yardTeam, taken, s))
	must(t, rooms.RemoveSpares())
	var names []string
	entries, err := os.ReadDir(filepath.Join(rooms.Team(yardTeam), "sessions"))
	must(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); len(names) != 3 || strings.Contains(got, string(left)) {
		t.Errorf("there are %q", names)
	}
}
