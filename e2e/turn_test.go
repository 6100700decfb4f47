package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	id := m.run("Pause in the middle", turns("Talk.", map[string]any{"text": "one two three four five", "gate": "middle", "gate_at": "text"}), nil)
	m.reached("middle")
	m.act(id, "pause")
	m.becomes(id, 15*time.Second, "paused")
	w.model.Open("middle")
	m.act(id, "resume")
	m.becomes(id, 60*time.Second, "completed")
	m.post("/sessions/"+id+"/messages", map[string]string{"text": turns("And again.", map[string]any{"text": "again"})}, nil)
	m.w.until("the message is answered", 60*time.Second, func() bool {
		var list struct {
			Items []struct{ Text string } `json:"items"`
		}
		m.get("/sessions/"+id+"/messages", &list)
		return m.session(id).Status == "completed" && len(list.Items) >= 2 && m.says(id, "again")
	})
}

// says reports whether the agent has sent a message with a text.
func (m *team) says(id, text string) bool {
	m.w.t.Helper()
	return slices.ContainsFunc(m.events(id), func(e eventJSON) bool {
		var said struct{ Text string }
		return e.Type == "agent.message" && json.Unmarshal(e.Data, &said) == nil && said.Text == text
	})
}

func TestShutdownPausesAndGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	id := m.run("Live through a shutdown", turns("Talk.", map[string]any{"text": "one two three four five", "gate": "middle", "gate_at": "text"}), nil)
	m.reached("middle")
	if took := w.stop(); took > 10*time.Second {
		t.Errorf("the server drained for %s", took)
	}
	if left := w.agents(); len(left) > 0 {
		t.Errorf("agents %v outlived the drain", left)
	}
	w.model.Open("middle")
	w.start()
	m.becomes(id, 60*time.Second, "completed")
	if types := m.types(id); !strings.Contains(types, "shutdown") {
		t.Errorf("no event says shutdown:\n%s", types)
	}
}

func TestIllegalMovesAreConflicts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	id := m.run("Finish at once", turns("Be done.", map[string]any{"text": "done"}), nil)
	m.becomes(id, 60*time.Second, "completed")
	before := len(m.events(id))
	for _, verb := range []string{"start", "pause", "resume", "stop", "cancel", "retry"} {
		if a := m.ask("POST", "/sessions/"+id+"/"+verb, map[string]any{}); a.status != 409 {
			t.Errorf("%s of a completed session: %d %s", verb, a.status, a.body)
		}
	}
	if after := len(m.events(id)); after != before {
		t.Errorf("refused moves wrote %d events", after-before)
	}
}
