package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// agent adds an agent to a team.
func (w *world) agent(by tenant.Actor, name string, change func(*agent.Spec)) agent.Agent {
	w.t.Helper()
	spec := agent.Spec{Type: "implementer", Capabilities: []agent.Capability{"testing", "refactoring"}, Prompt: "Implement one task.\nRun the tests."}
	if change != nil {
		change(&spec)
	}
	a, err := w.app.Agents.CreateAgent(context.Background(), by, name, spec, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// agentForm is the form as a browser sends it.
func agentForm(name string) url.Values {
	return url.Values{"name": {name}, "agent_type": {"reviewer"}, "model_identifier": {""}, "temperature": {"0.2"}, "max_steps": {"60"}, "max_concurrent_tasks": {"3"},
		"system_prompt": {"Review the change."}, "capabilities": {"code_review", "testing"}, "preferred_technologies": {"Go, SQLite"}, "avoided_technologies": {"php"},
		"rule_permission": {"bash", "edit"}, "rule_pattern": {"go test *", "*"}, "rule_action": {"ask", "deny"}, "do": {"save"}}
}

func main1(d *goquery.Document) string {
	return strings.Join(strings.Fields(d.Find("main").Text()), " ")
}

func TestTheListOfAgentsShowsStateTierAndLoad(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	by := crew(t, w, "alpha")
	long := w.agent(by, strings.Repeat("forge implementer ", 5), nil)
	quiet := w.agent(by, "gauge-reviewer", func(s *agent.Spec) { s.Type = "reviewer"; s.Capabilities = []agent.Capability{"code_review"} })
	if _, err := w.app.Agents.DeactivateAgent(t.Context(), by, quiet.ID); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lead-alpha", "member-alpha", "viewer-alpha"} {
		d := w.signedIn(name).get("/t/alpha/agents").want(t, http.StatusOK).doc(t)
		rows := d.Find("tbody tr")
		if rows.Length() != 2 || rows.First().Find("a.rowlink").AttrOr("title", "") != long.Name {
			t.Errorf("%s sees %d rows, first %q", name, rows.Length(), rows.First().Text())
		}
		if text := rows.First().Text(); !strings.Contains(text, "idle") || !strings.Contains(text, "0 of 5 sessions") || !strings.Contains(text, "0 of 5") || !strings.Contains(text, "closed") {
			t.Errorf("%s reads %q", name, text)
		}
		if text := rows.Last().Text(); !strings.Contains(text, "Inactive: it takes no sessions.") {
			t.Errorf("%s reads %q of an inactive agent", name, text)
		}
		if got := d.Find("a[href='/t/alpha/agents/new']").Length() > 0; got != (name == "lead-alpha") {
			t.Errorf("%s is offered a new agent: %v", name, got)
		}
		if d.Find("nav a[aria-current][data-go=a]").Text() == "" {
			t.Errorf("%s: the navigation does not mark Agents", name)
		}
	}
}

func TestAgentsAreFilteredByTheAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	by := crew(t, w, "alpha")
	b := w.signedIn("viewer-alpha")
	if text := main1(b.get("/t/alpha/agents").want(t, http.StatusOK).doc(t)); !strings.Contains(text, "This team has no agents yet.") {
		t.Errorf("an empty list reads %q", text)
	}
	w.agent(by, "forge", nil)
	w.agent(by, "gauge", func(s *agent.Spec) { s.Type = "reviewer"; s.Capabilities = []agent.Capability{"code_review"} })
	for query, want := range map[string]string{"q=for": "forge", "agent_type=reviewer": "gauge", "capability=testing": "forge", "status=active": "forgegauge", "after=forge": "gauge"} {
		if got := b.get("/t/alpha/agents?"+query).want(t, http.StatusOK).doc(t).Find("tbody .rowlink").Text(); got != want {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
	}
	d := b.get("/t/alpha/agents?q=nobody&need=testing").want(t, http.StatusOK).doc(t)
	if !strings.Contains(main1(d), "No agent matches.") || d.Find(".empty a").AttrOr("href", "") != "/t/alpha/agents?need=testing" {
		t.Errorf("no match reads %q", main1(d))
	}
}

func TestAnAgentIsCreatedAndShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crew(t, w, "alpha")
	b := w.signedIn("lead-alpha")
	b.get("/t/alpha/agents/new").want(t, http.StatusOK)
	page := b.act("alpha", "/agents", agentForm("gauge-reviewer")).want(t, http.StatusSeeOther).Header.Get("Location")
	for _, name := range []string{"lead-alpha", "member-alpha", "viewer-alpha"} {
		d := w.signedIn(name).get(page).want(t, http.StatusOK).doc(t)
		for _, words := range []string{"gauge-reviewer", "0.1.0", "reviewer", "go test *", "deny", "code_review", "go, sqlite", "php", "Review the change.", "First version", "below 5", "–"} {
			if !strings.Contains(main1(d), words) {
				t.Errorf("%s does not read %q in %q", name, words, main1(d))
			}
		}
		if got := d.Find("main form").Length() > 0; got != (name == "lead-alpha") {
			t.Errorf("%s has forms: %v", name, got)
		}
		if name != "lead-alpha" && !strings.Contains(main1(d), "Only a lead can change this agent") {
			t.Errorf("%s does not read who can change it", name)
		}
	}
}

func TestMembersCannotEditAgents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.agent(crew(t, w, "alpha"), "forge", nil)
	for _, name := range []string{"member-alpha", "viewer-alpha"} {
		b := w.signedIn(name)
		b.get("/t/alpha/agents/new").want(t, http.StatusForbidden)
		b.get("/t/alpha/agents/"+string(a.ID)+"/edit").want(t, http.StatusForbidden)
		b.act("alpha", "/agents", agentForm("mine")).want(t, http.StatusForbidden)
		for _, verb := range []string{"", "/maintenance", "/activate", "/deactivate", "/default", "/default/clear", "/tier", "/delete"} {
			b.act("alpha", "/agents/"+string(a.ID)+verb, agentForm("mine")).want(t, http.StatusForbidden)
		}
	}
}

func TestALeadTakesAnAgentOutOfService(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.agent(crew(t, w, "alpha"), "forge", nil)
	b, page := w.signedIn("lead-alpha"), "/agents/"+string(a.ID)
	d := b.act("alpha", page+"/maintenance", url.Values{"reason": {"x"}, "until": {"soon"}}).want(t, http.StatusUnprocessableEntity).doc(t)
	if d.Find("#f-reason-fault").Length() == 0 || d.Find("#f-until-fault").Length() == 0 || d.Find("input[name=reason]").AttrOr("value", "") != "x" {
		t.Errorf("a refused maintenance reads %q", main1(d))
	}
	until := time.Now().UTC().Add(3 * time.Hour).Format("2006-01-02T15:04")
	steps := []struct {
		path, want, done string
		form             url.Values
	}{
		{"/maintenance", "Maintenance by lead-alpha until", "agent-away", url.Values{"reason": {"new rack"}, "until": {until}}},
		{"/activate", "idle", "agent-active", nil},
		{"/deactivate", "inactive", "agent-inactive", nil},
		{"/default", "default agent", "agent-default", nil},
		{"/default/clear", "Make default", "default-cleared", nil},
		{"/tier", "premium, by a lead", "agent-tier", url.Values{"tier": {"premium"}}},
	}
	for _, s := range steps {
		at := b.act("alpha", page+s.path, s.form).want(t, http.StatusSeeOther).Header.Get("Location")
		d := b.get(at).want(t, http.StatusOK).doc(t)
		if !strings.HasSuffix(at, "done="+s.done) || d.Find(".toast").Length() == 0 || !strings.Contains(main1(d), s.want) {
			t.Errorf("after %s the page reads %q", s.path, main1(d))
		}
	}
	b.act("alpha", page+"/tier", url.Values{"tier": {"elite"}}).want(t, http.StatusUnprocessableEntity)
	b.act("alpha", page+"/delete", nil).want(t, http.StatusSeeOther)
	b.get("/t/alpha"+page).want(t, http.StatusNotFound)
}
