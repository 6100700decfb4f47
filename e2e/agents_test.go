package e2e

import (
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

func (m *team) agent(a client.NewAgent) string {
	m.w.t.Helper()
	v, err := m.client().CreateAgent(m.w.t.Context(), a)
	if err != nil {
		m.w.t.Fatal(err)
	}
	return v.ID
}

func (m *team) agentNow(id string) client.Agent {
	m.w.t.Helper()
	v, err := m.client().Agent(m.w.t.Context(), id)
	if err != nil {
		m.w.t.Fatal(err)
	}
	return v
}

// TestAgentsOfTheRegistry runs a session with an agent of the registry and lets a second one be routed, which the server does not survive.
func TestAgentsOfTheRegistry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	reviewer := m.agent(client.NewAgent{Name: "Careful reviewer", AgentType: "reviewer", Prompt: "You review for ACME and change nothing.", Places: 1,
		Permissions: []client.Rule{{Permission: "edit", Pattern: "*", Action: "deny"}}})
	id := m.run("Review the greeting", turns("Review it.",
		map[string]any{"tools": tool("write", map[string]any{"filePath": "planted.txt", "content": "x\n"})}, map[string]any{"text": "It is fine."}), map[string]any{"agent_id": reviewer, "repository_id": ""})
	s := m.becomes(id, 60*time.Second, "completed", "failed")
	if s.Status != "completed" || s.FilesChanged != 0 || s.Agent == nil || s.Agent.Version != "0.1.0" {
		t.Errorf("%s (%s), %d files changed by %+v", s.Status, s.reason(), s.FilesChanged, s.Agent)
	}
	if !w.modelHeard("You review for ACME and change nothing.") {
		t.Error("the model never got the agent's prompt")
	}
	if a := m.agentNow(reviewer); a.Load.Current != 0 || a.Recent.Ends != 1 || a.Recent.SuccessRate == nil || *a.Recent.SuccessRate != 1 {
		t.Errorf("after the session: load %+v, figures %+v", a.Load, a.Recent)
	}
	m.survivesRouting(reviewer)
}

// survivesRouting kills the server while a routed session works: its place comes back with its end, and the next session gets it.
func (m *team) survivesRouting(reviewer string) {
	t := m.w.t
	t.Helper()
	need := map[string]any{"required_capabilities": []string{"code_review"}}
	id := m.run("Review it twice", turns("Look.", map[string]any{"text": "one two three", "gate": "routed", "gate_at": "text"}), map[string]any{"route": need})
	m.reached("routed")
	waiting := m.run("Review it later", turns("Look.", map[string]any{"text": "seen"}), map[string]any{"agent_id": reviewer})
	m.w.kill()
	m.w.start()
	if a := m.agentNow(reviewer); a.Load.Current != 1 {
		t.Errorf("after kill -9 the load is %+v", a.Load)
	}
	m.w.model.Open("routed")
	if s := m.becomes(id, 60*time.Second, "completed", "failed"); s.Status != "completed" || s.Routing == nil || s.Routing.Agent.ID != reviewer {
		t.Errorf("%s (%s), routed %+v", s.Status, s.reason(), s.Routing)
	}
	m.becomes(waiting, 60*time.Second, "completed")
	if a := m.agentNow(reviewer); a.Load.Current != 0 || a.Recent.Ends != 3 {
		t.Errorf("in the end: load %+v, figures %+v", a.Load, a.Recent)
	}
}
