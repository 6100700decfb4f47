package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// works lets an agent's session end in a state.
func (w *world) works(a agent.Agent, to session.Status) {
	w.t.Helper()
	by := w.actor("alpha", "lead-alpha")
	s := session.Session{Title: "Port the ledger to integers", Prompt: "Port it.", Model: "scripted/small", Priority: session.Medium,
		Need: &agent.Need{Capabilities: []agent.Capability{"testing"}, PreferredID: a.ID}}
	if _, err := w.app.Work.CreateSession(w.t.Context(), by, s, true); err != nil {
		w.t.Fatal(err)
	}
	if err := w.app.Work.Move(w.t.Context(), w.claim(), to, session.Reason{Code: map[session.Status]session.ReasonCode{session.Failed: session.AgentError}[to]}); err != nil {
		w.t.Fatal(err)
	}
}

func words1(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

func TestTheFiguresOfAnAgentAreThoseOfItsWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	by := crew(t, w, "alpha")
	a := w.agent(by, "forge", nil)
	b := w.signedIn("viewer-alpha")
	page := func() *goquery.Document { return b.get("/t/alpha/agents/"+string(a.ID)).want(t, http.StatusOK).doc(t) }
	w.works(a, session.Completed)
	if text := words1(page().Find(".shares")); !strings.Contains(text, "testing below 5 – 1refactoring") || !strings.Contains(text, "refactoring below 5 – 0") {
		t.Errorf("after one session the capabilities read %q", text)
	}
	for range 3 {
		w.works(a, session.Completed)
	}
	w.works(a, session.Failed)
	d := page()
	if text := words1(d.Find(".shares")); !strings.Contains(text, "testing 0.80 5") || !strings.Contains(text, "refactoring below 5 – 0") {
		t.Errorf("the capabilities read %q", text)
	}
	if text := words1(d.Find(".strip")); !strings.Contains(text, "Success80.0%") || !strings.Contains(text, "of 5 sessions, 30 d") || d.Find(".strip .spark").First().Find("rect").Length() != 1 {
		t.Errorf("the strip reads %q", text)
	}
	row := b.get("/t/alpha/agents").want(t, http.StatusOK).doc(t).Find("tbody tr")
	if text := words1(row); !strings.Contains(text, "competent 0.80") || !strings.Contains(text, "80.0%") || !strings.Contains(text, "$0.00") {
		t.Errorf("the row reads %q", text)
	}
}

func TestAnAgentThatFailsOrIsFullSaysWhyItIsNotRouted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	by := crew(t, w, "alpha")
	bad := w.agent(by, "bad", nil)
	for range agent.EnoughEnds {
		w.works(bad, session.Failed)
	}
	one := w.agent(by, "one-place", func(s *agent.Spec) { s.Places = 1 })
	if _, err := w.app.Work.CreateSession(t.Context(), by, session.Session{Title: "Port the ledger", Prompt: "Port it.", Model: "scripted/small", Priority: session.Medium, AgentID: one.ID}, true); err != nil {
		t.Fatal(err)
	}
	d := w.signedIn("member-alpha").get("/t/alpha/agents").want(t, http.StatusOK).doc(t)
	for i, want := range [][]string{{"circuit open", "Success is 0.00. One trial session after", "degraded"}, {"full", "Full: all 1 places are taken.", "1 of 1"}} {
		for _, part := range want {
			if text := words1(d.Find("tbody tr").Eq(i)); !strings.Contains(text, part) {
				t.Errorf("row %d does not read %q: %q", i, part, text)
			}
		}
	}
	if text := words1(d.Find("#what-if")); !strings.Contains(text, "None of 2 agents fits") || d.Find("#what-if .wait-row").Length() != 2 {
		t.Errorf("nobody fits reads %q", text)
	}
	if text := words1(d.Find(".strip")); !strings.Contains(text, "Not routable2 of 2") {
		t.Errorf("the strip reads %q", text)
	}
}
