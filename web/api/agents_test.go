package api_test

import (
	"net/http"
	"strings"
	"testing"

	apiagents "github.com/industrial-orchestrator/orchestrator/web/api/agents"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// TestAgentsOverTheAPI follows an agent from its creation to a routed session, with the names that other programs rely on.
func TestAgentsOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	c.lead.equip(t)
	a := as[apiagents.Agent](t, c.lead.post("/agents", map[string]any{"name": "Strict reviewer", "agent_type": "reviewer", "capabilities": []string{"code_review", "testing"},
		"avoided_technologies": []string{"PHP"}, "system_prompt": "Review.", "temperature": 0.2, "max_steps": 40, "max_concurrent_tasks": 1,
		"permissions": []map[string]string{{"permission": "edit", "pattern": "*", "action": "deny"}}}).want(t, http.StatusCreated))
	if a.Version != "0.1.0" || a.Status != "active" || a.Tier != "standard" || a.Circuit != "closed" || a.Load.Max != 1 || a.Load.Current != 0 || a.Avoided[0] != "php" || *a.Temperature != 0.2 {
		t.Fatalf("created %+v", a)
	}
	t.Run("a change makes a version", func(t *testing.T) {
		b := as[apiagents.Agent](t, c.lead.ask("PATCH", "/agents/"+a.ID, map[string]any{"permissions": []any{}, "temperature": nil, "base_version": "0.1.0", "changelog": "May edit."}).want(t, http.StatusOK))
		if b.Version != "0.2.0" || b.Temperature != nil || b.Prompt != "Review." || *b.MaxSteps != 40 {
			t.Errorf("changed %+v", b)
		}
		c.lead.ask("PATCH", "/agents/"+a.ID, map[string]any{"system_prompt": "x", "base_version": "0.1.0"}).want(t, http.StatusConflict)
		vs := as[items[apiagents.Version]](t, c.viewer.get("/agents/"+a.ID+"/versions").want(t, http.StatusOK)).Items
		if len(vs) != 2 || vs[0].Changelog != "May edit." || len(vs[0].Grown) != 1 || vs[0].Grown[0] != (apiagents.Rule{Permission: "edit", Pattern: "*", Action: "allow"}) || len(vs[0].Changes) != 2 {
			t.Errorf("versions %+v", vs)
		}
	})
	need := map[string]any{"required_capabilities": []string{"code_review"}, "technologies": []string{"go"}}
	r := as[apikit.Routing](t, c.viewer.post("/agents/route", need).want(t, http.StatusOK))
	if r.Agent.ID != a.ID || r.Agent.Version != "0.2.0" || r.Score < 0.87 || r.Parts.Capability != 0.3 || !strings.HasPrefix(r.Reason, "Strict reviewer scores 0.88, the best of 1: ") {
		t.Errorf("routed %+v", r)
	}
	s := as[struct {
		Agent   *apikit.AgentRef
		Routing *apikit.Routing
	}](t, c.member.post("/sessions", job(map[string]any{"route": need, "start": true})).want(t, http.StatusCreated))
	if s.Agent == nil || s.Agent.Name != "Strict reviewer" || s.Routing == nil || s.Routing.Agent.ID != a.ID {
		t.Errorf("the session has %+v, %+v", s.Agent, s.Routing)
	}
	if got := as[apiagents.Agent](t, c.lead.get("/agents/"+a.ID)); got.Load.Current != 1 || got.Load.Level != "overloaded" {
		t.Errorf("load %+v", got.Load)
	}
	full := c.member.post("/sessions", job(map[string]any{"route": need, "start": true})).want(t, http.StatusConflict)
	if !strings.Contains(full.body, "All 1 of its places are taken") {
		t.Errorf("refused with %s", full.body)
	}
	c.viewer.post("/agents/route", map[string]any{"required_capabilities": []string{"flying"}}).want(t, http.StatusUnprocessableEntity)
	c.member.post("/sessions", job(map[string]any{"agent_id": a.ID, "opencode_agent": "plan"})).want(t, http.StatusUnprocessableEntity)
	f := as[apiagents.Figures](t, c.viewer.get("/agents/"+a.ID+"/figures").want(t, http.StatusOK))
	if f.Days30.Ends != 0 || f.Days30.SuccessRate != nil {
		t.Errorf("figures without ends %+v", f)
	}
}
