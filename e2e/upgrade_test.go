package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestUpgradeFromAProcessPerTeam kills a server of the version that had one OpenCode per team, with a session in the middle of a text, a
// paused one and a completed one, and starts this version on its data. The long part "upgrade" builds that version.
func TestUpgradeFromAProcessPerTeam(t *testing.T) {
	t.Parallel()
	old := os.Getenv("ORCHESTRATOR_OLD_BIN")
	if old == "" {
		t.Skip("ORCHESTRATOR_OLD_BIN names no older version: .ci/long builds one")
	}
	w := newWorld(t)
	w.kill()
	if err := os.RemoveAll(filepath.Join(w.dir, "data")); err != nil {
		t.Fatal(err)
	}
	w.program = old
	w.start()
	m := w.newTeam("acme", 10)
	completed := m.run("Done before", turns("Work.", map[string]any{"text": "the first answer", "tools": bash("date")}, map[string]any{"text": "done"}), nil)
	m.endsWell(completed)
	paused := m.run("Paused before", turns("Talk.", map[string]any{"text": "one two three", "gate": "paused", "gate_at": "text"}), nil)
	m.reached("paused")
	m.post("/sessions/"+paused+"/pause", map[string]any{}, nil)
	m.becomes(paused, 60*time.Second, "paused")
	running := m.run("Running before", turns("Talk.", map[string]any{"text": "four five six", "gate": "running", "gate_at": "text"}), nil)
	m.reached("running")
	before := map[string][]eventJSON{completed: m.events(completed), paused: m.events(paused), running: m.events(running)}
	left := w.agents()

	w.kill()
	w.program = ""
	w.model.Open("paused")
	w.model.Open("running")
	w.start()
	m.accounted(running)
	m.endsWell(running)
	m.post("/sessions/"+paused+"/resume", map[string]any{}, nil)
	m.endsWell(paused)
	m.post("/sessions/"+completed+"/messages", map[string]string{"text": "again"}, nil)
	m.w.until("the old conversation goes on", 2*time.Minute, func() bool {
		return slices.ContainsFunc(m.events(completed), func(e eventJSON) bool { return strings.Contains(string(e.Data), "ok: again") })
	})
	for id, was := range before {
		m.keptOnce(id, was)
	}
	requests := w.model.Requests()
	if last := string(requests[len(requests)-1].Body); !strings.Contains(last, "the first answer") {
		t.Errorf("the model no longer hears of the conversation before: %s", last)
	}
	for _, pid := range w.agents() {
		if slices.Contains(left, pid) {
			t.Errorf("the team's OpenCode %d still runs", pid)
		}
	}
	if trees, _ := filepath.Glob(filepath.Join(w.dir, "data", "teams", "*", "work")); len(trees) > 0 {
		t.Errorf("left of the old version: %q", trees)
	}
}
