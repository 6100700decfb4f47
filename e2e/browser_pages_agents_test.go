package e2e

import (
	"net/http"
	"testing"
)

// TestBrowserAgentPages checks the pages of agents with axe and the layout rules, as a lead and as a viewer, empty and full, and that the rows
// of the form move without a lost character.
func TestBrowserAgentPages(t *testing.T) {
	t.Parallel()
	heavy(t)
	browser(t)
	w := newWorld(t)
	m := w.newTeam("acme", 3)
	p := w.signIn("acme@example.org", w.auditor()).bringsAxe()
	p.sound("agents-none", m.path("/agents"), http.StatusOK)
	first := m.agents()
	pages := map[string]string{"agents": "/agents?need=testing&need=code_generation&technologies=go", "agents-no-match": "/agents?q=nobody", "agent": "/agents/" + first,
		"agent-edit": "/agents/" + first + "/edit", "agent-new": "/agents/new", "session-new": "/sessions/new"}
	for name, path := range pages {
		p.sound(name, m.path(path), http.StatusOK)
	}
	straight := map[string]string{}
	for name, path := range pages {
		straight[name] = m.path(path)
	}
	p.straight(straight)
	routed := m.run("Name the outcome of this work", "Do it.", map[string]any{"start": false, "repository_id": "", "route": map[string]any{"required_capabilities": []string{"testing"}}})
	m.want(http.MethodPost, "/sessions/"+routed+"/cancel", nil, nil)
	p.must(p.page.SetViewportSize(1440, 900))
	p.open(m.path("/sessions/" + routed))
	p.must(p.page.Locator("#why-agent summary").Click())
	p.press("Good work")
	p.sees("#session-aside button[aria-pressed=true]")
	p.audits("session-routed")
	p.movesRules(m.path("/agents/" + first + "/edit"))
	viewer := w.signIn(m.join("vi", "viewer"), w.auditor()).bringsAxe()
	viewer.sound("viewer-agents", m.path("/agents"), http.StatusOK)
	viewer.sound("viewer-agent", m.path("/agents/"+first), http.StatusOK)
}

// agents makes two agents, one of which is away, and returns the ID of the first, whose second version asks for more.
func (m *team) agents() string {
	m.w.t.Helper()
	var one, other struct{ ID string }
	rule := func(action string) []map[string]any {
		return []map[string]any{{"permission": "bash", "pattern": "go test *", "action": action}, {"permission": "edit", "pattern": "**/migrations/**", "action": "ask"}}
	}
	m.post("/agents", map[string]any{"name": "forge-implementer", "agent_type": "implementer", "capabilities": []string{"testing", "code_generation"}, "system_prompt": "Implement one task.\n\n" + long, "permissions": rule("ask")}, &one)
	m.want(http.MethodPatch, "/agents/"+one.ID, map[string]any{"permissions": rule("allow"), "changelog": "Runs tests alone"}, nil)
	m.post("/agents", map[string]any{"name": "A name of " + long[:80], "agent_type": "reviewer", "capabilities": []string{"code_review"}, "system_prompt": ""}, &other)
	m.want(http.MethodPost, "/agents/"+other.ID+"/deactivate", nil, nil)
	return one.ID
}

// movesRules adds and moves rows of rules, and compares them.
func (p *person) movesRules(path string) {
	p.t.Helper()
	p.must(p.page.SetViewportSize(1440, 900))
	p.open(path)
	p.must(p.page.Locator("[name=system_prompt]").Fill("A text that is kept."))
	p.must(p.page.Locator("button[value=up-1]").Click())
	p.must(expect.Locator(p.page.Locator("[name=rule_permission]").First()).ToHaveValue("edit"))
	p.must(p.page.Locator("button[value=add]").Click())
	p.must(expect.Locator(p.page.Locator("[name=rule_pattern]").Nth(2)).ToBeFocused())
	p.must(expect.Locator(p.page.Locator("[name=system_prompt]")).ToHaveValue("A text that is kept."))
	p.must(p.page.Locator(".pfoot button[value=preview]").Click())
	p.reads(".chg", "A text that is kept.")
	p.audits("agent-preview")
}
