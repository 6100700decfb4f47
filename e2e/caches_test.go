package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// TestSessionsShareWhatTheServerCached: the server runs the checks on the default branch; a session sees what they cached, and what it
// does to it, no other session sees.
func TestSessionsShareWhatTheServerCached(t *testing.T) {
	t.Parallel()
	heavy(t)
	w := newWorld(t)
	if err := sandbox.CanLayer(t.Context(), w.dir); err != nil {
		t.Skipf("this host has no overlay: %v", err)
	}
	m := w.newTeam("acme", 10)
	dir := w.repo("cached")
	w.write(filepath.Join(dir, "fill.sh"), "mkdir -p $GOCACHE && echo by-the-server >> $GOCACHE/mark\n")
	w.git(dir, "add", ".")
	w.git(dir, "commit", "-qm", "fill")
	var r struct{ ID string }
	m.post("/repositories", map[string]any{"name": "cached", "path": dir, "default_branch": "main", "check_commands": []string{"sh fill.sh"}}, &r)
	base := filepath.Join(w.dir, "data", "teams", "*", "caches", r.ID, "bases", "1")
	w.until("the server has filled the caches", 3*time.Minute, func() bool {
		found, _ := filepath.Glob(base)
		return len(found) == 1
	})
	for _, title := range []string{"First", "Second"} {
		id := m.run(title, turns(title, map[string]any{"tools": bash(`echo "at=$GOCACHE"; echo "mark=$(cat $GOCACHE/mark)"; echo evil > $GOCACHE/mark; echo "own=$(cat $GOCACHE/mark)"`)},
			map[string]any{"text": "done"}), map[string]any{"repository_id": r.ID})
		w.until(title+" asks or ends", 3*time.Minute, func() bool {
			s := m.session(id)
			return s.WaitingFor != "" || s.Status != "queued" && s.Status != "running"
		})
		m.reply(id, m.asked(id), "once")
		m.becomes(id, 90*time.Second, "completed")
		said := m.printed(id)
		if said["at"] != "/cache/go/build" || said["mark"] != "by-the-server" || said["own"] != "evil" {
			t.Errorf("the session %s found %q", title, said)
		}
	}
	found, _ := filepath.Glob(filepath.Join(base, "go", "build", "mark"))
	if len(found) != 1 {
		t.Fatalf("the base has %v", found)
	}
	if text, err := os.ReadFile(found[0]); err != nil || string(text) != "by-the-server\n" {
		t.Errorf("the base has %q, %v", text, err)
	}
}
