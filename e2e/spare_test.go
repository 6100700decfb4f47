package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// withSpares turns spares on, which this suite turns off elsewhere.
var withSpares = []string{"--warm-spares", "1"}

var (
	spareReady = regexp.MustCompile(`a spare OpenCode is ready`)
	spareTaken = regexp.MustCompile(`a session took over a spare OpenCode`)
)

// TestASpareStartsTheNextSession: the second session of a team works on the spare that was started after the first one's start, in its own
// tree and branch, and neither a model call nor a session is counted for the spare.
func TestASpareStartsTheNextSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withSpares...)
	m := w.newTeam("acme", 10)
	first := m.run("Start cold", turns("Do.", map[string]any{"text": "done"}), nil)
	m.becomes(first, 120*time.Second, "completed")
	w.srv.out.await(t, w.srv, spareReady)
	calls := len(w.model.Requests())
	if calls != 1 {
		t.Errorf("the model was called %d times, want once: a spare costs nothing", calls)
	}

	second := m.run("Start warm", turns("Commit.", map[string]any{"tools": bash("git branch --show-current; echo x > added && git add added && git commit -qm mine && git log --format=%s; echo changed > README")},
		map[string]any{"text": "committed"}), nil)
	m.endsWell(second)
	w.srv.out.await(t, w.srv, spareTaken)
	room := w.room(second)
	if !strings.HasPrefix(filepath.Base(room), "spare-") || filepath.Base(w.room(first)) != first {
		t.Errorf("the sessions are in %s and %s", w.room(first), room)
	}
	if got := w.git(filepath.Join(room, "tree"), "-c", "safe.directory=*", "log", "--format=%s"); got != "mine\nstart" {
		t.Errorf("the branch has %q", got)
	}
	if s := m.session(second); w.git(filepath.Join(room, "tree"), "-c", "safe.directory=*", "branch", "--show-current") != s.Branch {
		t.Errorf("the tree is not on %s", s.Branch)
	}
	var diff json.RawMessage
	m.get("/sessions/"+second+"/diff", &diff)
	if !strings.Contains(string(diff), `"added"`) || !strings.Contains(string(diff), `README`) {
		t.Errorf("the changes are %s", diff)
	}
	if s := m.session(second); s.Tokens.Output == 0 {
		t.Error("the session's calls were not counted")
	}
}

// TestAKilledServerLeavesNoSpare: the next server ends the spare and removes its directories, and adopts the session that had taken one.
func TestAKilledServerLeavesNoSpare(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withSpares...)
	m := w.newTeam("acme", 10)
	m.becomes(m.run("Start cold", turns("Do.", map[string]any{"text": "done"}), nil), 120*time.Second, "completed")
	w.srv.out.await(t, w.srv, spareReady)
	id := m.run("Talk on a spare", turns("Talk.", map[string]any{"text": "one two three four", "gate": "spare", "gate_at": "text"}), nil)
	m.reached("spare")
	w.srv.out.await(t, w.srv, spareTaken)
	w.until("there is another spare", 120*time.Second, func() bool { return len(w.spares()) == 1 })
	spare := w.spares()[0]
	w.kill()
	w.start()
	if left := w.spares(); len(left) > 0 && left[0] == spare {
		t.Errorf("the spare %s is still there", spare)
	}
	for _, pid := range w.agents() {
		if env, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ")); err == nil && strings.Contains(string(env), filepath.Base(spare)) {
			t.Errorf("process %d of the spare is still running", pid)
		}
	}
	w.model.Open("spare")
	m.becomes(id, 120*time.Second, "completed")
	w.srv.out.await(t, w.srv, regexp.MustCompile(`adopted OpenCode.*`+id))
	if s := m.session(id); s.Attempt != 1 {
		t.Errorf("the session is in its attempt %d", s.Attempt)
	}
}

// room is the real directory of a session.
func (w *world) room(id string) string {
	w.t.Helper()
	found, _ := filepath.Glob(filepath.Join(w.dir, "data", "teams", "*", "sessions", id))
	if len(found) != 1 {
		w.t.Fatalf("session %s has the directories %q", id, found)
	}
	real, err := filepath.EvalSymlinks(found[0])
	if err != nil {
		w.t.Fatal(err)
	}
	return real
}

// spares are the directories of spares that no session has taken over.
func (w *world) spares() (free []string) {
	taken := map[string]bool{}
	all, _ := filepath.Glob(filepath.Join(w.dir, "data", "teams", "*", "sessions", "*"))
	for _, path := range all {
		if to, err := os.Readlink(path); err == nil {
			taken[to] = true
		}
	}
	for _, path := range all {
		if name := filepath.Base(path); strings.HasPrefix(name, "spare-") && !taken[name] {
			free = append(free, path)
		}
	}
	return free
}
