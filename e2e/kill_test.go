package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// moment is a point in a session at which everything is killed. reach brings a session to that point and returns its ID and a function
// that lets it continue afterwards.
type moment struct {
	name  string
	reach func(m *team) (id string, goOn func())
}

var moments = []moment{
	{"claimed but not prompted", func(m *team) (string, func()) {
		id := m.run("Killed when claimed", turns("Do.", map[string]any{"text": "done"}), nil)
		m.becomes(id, 30*time.Second, "running")
		return id, func() {}
	}},
	{"in the middle of text", func(m *team) (string, func()) {
		id := m.run("Killed in text", turns("Talk.", map[string]any{"text": "one two three four five six", "gate": "text", "gate_at": "text"}), nil)
		m.reached("text")
		return id, func() { m.w.model.Open("text") }
	}},
	{"while bash runs", func(m *team) (string, func()) {
		id := m.run("Killed in bash", turns("Run.", map[string]any{"tools": bash(waitsFor("started", "go"))}, map[string]any{"text": "done"}), nil)
		m.reply(id, m.asked(id), "once")
		tree := m.tree("started")
		return id, func() { m.touch(tree, "go") }
	}},
	{"while an ask is open", func(m *team) (string, func()) {
		id := m.run("Killed while asking", turns("Ask.", map[string]any{"tools": bash("sh test.sh")}, map[string]any{"text": "done"}), nil)
		m.asked(id)
		return id, func() {}
	}},
	{"idle seen but not finished", func(m *team) (string, func()) {
		id := m.run("Killed while checking", turns("Check.", map[string]any{"text": "done",
			"tools": tool("write", map[string]any{"filePath": "test.sh", "content": waitsFor("checking", "go") + "\n"})}, map[string]any{"text": "checked"}), nil)
		tree := m.tree("checking")
		return id, func() { m.touch(tree, "go") }
	}},
}

// waitsFor is a command that signals that it runs, and waits at most a minute for a signal of the test.
func waitsFor(started, until string) string {
	return "touch " + started + "; i=0; while [ ! -f " + until + " ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i+1)); done"
}

func TestKill(t *testing.T) {
	t.Parallel()
	for _, at := range moments {
		for victim, kill := range map[string]func(*world){
			"server": (*world).kill, "opencode": (*world).killAgents, "both": func(w *world) { w.kill(); w.killAgents() },
		} {
			t.Run(at.name+"/"+victim, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				m := w.newTeam("acme", 10)
				id, goOn := at.reach(m)
				before := m.events(id)
				kill(w)
				if victim != "opencode" {
					w.start()
				}
				m.accounted(id)
				goOn()
				m.endsWell(id)
				m.keptOnce(id, before)
			})
		}
	}
}

// accounted checks that within 30 seconds the session runs again, has ended with a reason, or waits for its retry.
func (m *team) accounted(id string) {
	m.w.t.Helper()
	m.w.until("the session is accounted for", 30*time.Second, func() bool {
		var s struct {
			Status  string          `json:"status"`
			RetryAt *string         `json:"retry_at"`
			Reason  json.RawMessage `json:"status_reason"`
		}
		m.get("/sessions/"+id, &s)
		switch s.Status {
		case "running", "degraded", "queued", "completed":
			return true
		case "pending":
			return s.RetryAt != nil
		}
		return len(s.Reason) > 0
	})
}

// endsWell waits until the session is completed, and approves what it asks for in the meantime.
func (m *team) endsWell(id string) {
	m.w.t.Helper()
	m.w.until("session "+id+" is completed", 120*time.Second, func() bool {
		s := m.session(id)
		if s.WaitingFor != "" {
			m.replyAll(id)
		}
		if s.Status == "orphaned" || s.Status == "stopped" || s.Status == "timeout" {
			m.w.t.Fatalf("it is %s: %s\n%s", s.Status, s.reason(), m.types(id))
		}
		return s.Status == "completed"
	})
}

func (m *team) replyAll(id string) {
	m.w.t.Helper()
	var list struct{ Items []askJSON }
	m.get("/sessions/"+id+"/permissions", &list)
	for _, a := range list.Items {
		// The ask may already be gone, which the next check shows.
		m.ask("POST", "/sessions/"+id+"/permissions/"+a.ID, map[string]string{"reply": "once"})
	}
}

// keptOnce checks that no event was lost, changed or duplicated.
func (m *team) keptOnce(id string, before []eventJSON) {
	m.w.t.Helper()
	after := m.events(id)
	for i, e := range before {
		if i >= len(after) || after[i].Type != e.Type || string(after[i].Data) != string(e.Data) {
			m.w.t.Fatalf("event %d was %s %s before the kill and is not any more", e.Seq, e.Type, e.Data)
		}
	}
	seen := map[string]int64{}
	for _, e := range after {
		var d struct {
			PartID string `json:"part_id"`
			Status string `json:"status"`
		}
		if err := json.Unmarshal(e.Data, &d); err != nil {
			m.w.t.Fatal(err)
		}
		if d.PartID == "" {
			continue
		}
		key := e.Type + " " + d.PartID + " " + d.Status
		if first, twice := seen[key]; twice {
			m.w.t.Errorf("events %d and %d are both %s", first, e.Seq, key)
		}
		seen[key] = e.Seq
	}
}

// reached waits until the model has reached a gate.
func (m *team) reached(gate string) {
	m.w.t.Helper()
	select {
	case <-m.w.model.Reached(gate):
	case <-time.After(120 * time.Second):
		m.w.t.Fatalf("the model never came to the gate %s", gate)
	}
}

// tree waits until a file exists in a session's working tree and returns the tree.
func (m *team) tree(file string) (dir string) {
	m.w.t.Helper()
	m.w.until(file+" is written", 60*time.Second, func() bool {
		_ = filepath.WalkDir(filepath.Join(m.w.dir, "data", "teams"), func(path string, e os.DirEntry, err error) error {
			if err == nil && e.Name() == file {
				dir = filepath.Dir(path)
			}
			return nil
		})
		return dir != ""
	})
	return dir
}

func (m *team) touch(dir, file string) {
	m.w.t.Helper()
	if err := os.WriteFile(filepath.Join(dir, file), nil, 0o644); err != nil {
		m.w.t.Fatal(err)
	}
}

// killAgents kills every OpenCode process of this world, like a power failure.
func (w *world) killAgents() {
	w.t.Helper()
	for _, pid := range w.agents() {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	w.until("every OpenCode is dead", 10*time.Second, func() bool { return len(w.agents()) == 0 || w.srv.alive() })
}

func (p *process) alive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}
