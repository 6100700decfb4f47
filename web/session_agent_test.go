package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// sessionForm is the form of a new session.
func sessionForm(more url.Values) url.Values {
	form := url.Values{"title": {"Port the ledger to integers"}, "initial_prompt": {"Port it."}, "session_type": {"execution"}, "priority": {"medium"}, "model_identifier": {"scripted/small"},
		"max_minutes": {"60"}, "opencode_agent": {"plan"}}
	for name, v := range more {
		form[name] = v
	}
	return form
}

func TestTheFormOffersRoutingThenTheTeamsAgents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	by := crew(t, w, "alpha")
	b := w.signedIn("member-alpha")
	if d := b.get("/t/alpha/sessions/new").want(t, http.StatusOK).doc(t); d.Find("input[name=agent_id]").Length() != 0 || d.Find("select[name=opencode_agent]").Length() != 1 {
		t.Error("a team without agents chooses more than OpenCode's own")
	}
	forge := w.agent(by, "forge", nil)
	away := w.agent(by, "away", nil)
	if _, err := w.app.Agents.DeactivateAgent(t.Context(), by, away.ID); err != nil {
		t.Fatal(err)
	}
	chosen := func() (all []string, checked string) {
		d := b.get("/t/alpha/sessions/new").want(t, http.StatusOK).doc(t)
		for _, n := range d.Find("input[name=agent_id]").EachIter() {
			all = append(all, n.AttrOr("value", ""))
		}
		return all, d.Find("input[name=agent_id][checked]").AttrOr("value", "")
	}
	all, checked := chosen()
	if strings.Join(all, " ") != "route "+string(forge.ID)+" none" || checked != "route" {
		t.Errorf("offered %q, checked %q", all, checked)
	}
	if _, err := w.app.Agents.SetDefaultAgent(t.Context(), by, forge.ID); err != nil {
		t.Fatal(err)
	}
	if _, checked := chosen(); checked != string(forge.ID) {
		t.Errorf("the default agent is not chosen, but %q", checked)
	}
}

func TestASessionNamesOrRoutesItsAgent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	by := crew(t, w, "alpha")
	forge := w.agent(by, "forge", func(s *agent.Spec) { s.Model = "scripted/small" })
	w.agent(by, "gauge", func(s *agent.Spec) { s.Type = "reviewer"; s.Capabilities = []agent.Capability{"code_review"} })
	b := w.signedIn("member-alpha")
	created := func(more url.Values) (session.Session, string) {
		at := b.act("alpha", "/sessions", sessionForm(more)).want(t, http.StatusSeeOther).Header.Get("Location")
		s, err := w.app.Work.Session(t.Context(), by, session.ID(at[strings.LastIndex(at, "/")+1:]))
		if err != nil {
			t.Fatal(err)
		}
		return s, at
	}
	if s, _ := created(url.Values{"agent_id": {"none"}}); s.AgentID != "" || s.Agent != "plan" {
		t.Errorf("no agent of the team: %q, %q", s.AgentID, s.Agent)
	}
	if s, _ := created(url.Values{"agent_id": {string(forge.ID)}, "model_identifier": {""}}); s.AgentID != forge.ID || s.Model != "scripted/small" {
		t.Errorf("a named agent: %q with the model %q", s.AgentName, s.Model)
	}
	s, at := created(url.Values{"agent_id": {"route"}, "required_capabilities": {"code_review"}, "technologies": {"go"}})
	d := b.get(at).want(t, http.StatusOK).doc(t)
	if s.AgentName != "gauge" || d.Find(".shead .meta a").AttrOr("href", "") != "/t/alpha/agents/"+string(s.AgentID) || !strings.Contains(d.Find(".shead .meta").Text(), "0.1.0") {
		t.Errorf("routed to %q, the head reads %q", s.AgentName, d.Find(".shead .meta").Text())
	}
	why := d.Find("#why-agent")
	if why.Find(".rank").Length() != 1 || !strings.Contains(why.Text(), "gauge scores") || !strings.Contains(why.Find(".wait-row").Text(), "forge") || why.AttrOr("open", "closed") != "closed" {
		t.Errorf("why this agent reads %q", why.Text())
	}
	for _, more := range []url.Values{{"agent_id": {"route"}, "required_capabilities": {"ci_cd"}}, {"agent_id": {"0192f3a1-0000-7000-8000-000000000000"}}, {"agent_id": {"none"}, "model_identifier": {""}}} {
		d := b.act("alpha", "/sessions", sessionForm(more)).want(t, http.StatusUnprocessableEntity).doc(t)
		if d.Find(".err, .notice.bad").Length() == 0 || d.Find("input[name=agent_id][checked]").AttrOr("value", "none") != map[bool]string{true: more.Get("agent_id"), false: "none"}[more.Get("agent_id") == "route" || more.Get("agent_id") == "none"] {
			t.Errorf("%v reads %q", more, d.Find(".err, .notice.bad").Text())
		}
	}
}

func TestPeopleSayWhetherAWorkWasGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	by := crew(t, w, "alpha")
	s := w.session(by, "Port the ledger", false)
	path := "/sessions/" + string(s.ID)
	lead, viewer := w.signedIn("lead-alpha"), w.signedIn("viewer-alpha")
	if d := lead.get("/t/alpha" + path).doc(t); d.Find("form[action$='/feedback']").Length() != 0 {
		t.Error("a draft has a result to judge")
	}
	if _, err := w.app.Work.CancelSession(t.Context(), by, s.ID); err != nil {
		t.Fatal(err)
	}
	lead.act("alpha", path+"/feedback", url.Values{"value": {"-1"}, "note": {"It never ran the tests."}}).want(t, http.StatusSeeOther)
	d := lead.get("/t/alpha"+path).want(t, http.StatusOK).doc(t)
	form := d.Find("form[action$='/feedback']")
	if form.Find("button[aria-pressed=true]").Text() != "Not good enough" || form.Find("textarea").Text() != "It never ran the tests." || form.Find("button[aria-pressed=true]").AttrOr("value", "") != "0" {
		t.Errorf("the own opinion reads %q", form.Text())
	}
	d = viewer.get("/t/alpha"+path).want(t, http.StatusOK).doc(t)
	if d.Find("form[action$='/feedback']").Length() != 0 || !strings.Contains(d.Find("#session-aside").Text(), "lead-alpha: not good enough") || !strings.Contains(d.Find("#session-aside").Text(), "It never ran the tests.") {
		t.Errorf("a viewer reads %q", d.Find("#session-aside").Text())
	}
	viewer.act("alpha", path+"/feedback", url.Values{"value": {"1"}}).want(t, http.StatusForbidden)
	lead.act("alpha", path+"/feedback", url.Values{"value": {"2"}}).want(t, http.StatusUnprocessableEntity)
	lead.act("alpha", path+"/feedback", url.Values{"value": {"good"}}).want(t, http.StatusUnprocessableEntity)
}
