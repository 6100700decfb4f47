package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/scriptmodel"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
)

// twoGates is a session that waits twice: in the middle of a text, and at an approval.
var twoGates = turns("Work on.",
	map[string]any{"reasoning": "First I look.", "text": "one two three. ", "gate": "first", "gate_at": "text", "tools": tool("write", map[string]any{"filePath": "a.txt", "content": "a\n"})},
	map[string]any{"text": "Now I ask. ", "tools": bash("sh test.sh")},
	map[string]any{"text": "That was all."})

// TestBrowserReconnect watches a session while the server is killed and restarted. A page that was open all the time, one that was
// opened later and one that was reloaded show the same content, without duplicates.
func TestBrowserReconnect(t *testing.T) {
	t.Parallel()
	browser(t)
	w := newWorld(t, "--listen", freeAddress(t))
	m := w.newTeam("acme", 10)
	id := m.run("Live through a power cut", twoGates, nil)
	first := w.signIn("acme@example.org")
	first.open(m.path("/sessions/" + id))
	first.reads("#session-live .caret", "one two three.")
	w.kill()
	first.reads(".side [data-stream]", "Not live since")
	w.start()
	first.must(expect.Locator(first.page.Locator(".top [data-stream][data-live=yes]")).ToBeVisible())
	w.model.Open("first")
	second := w.signIn(m.join("mo", "member"))
	second.open(m.path("/sessions/" + id))
	first.allows(m, id)
	for _, p := range []*person{first, second} {
		p.reads("#session-head", "completed")
		p.reads("#conversation", "That was all.")
		p.showsThread(m, id)
		p.open(m.path("/sessions/" + id))
		p.showsThread(m, id)
	}
	a, b := first.texts("#conversation > *"), second.texts("#conversation > *")
	for i := range a { // only who may continue the session may fork it
		a[i] = strings.TrimSuffix(a[i], " Fork from here…")
	}
	if !slices.Equal(a, b) {
		t.Errorf("two people read different conversations:\n%s\n\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
}

// allows answers every approval in the dock until the session is completed. After a kill the agent may ask again.
func (p *person) allows(m *team, id string) {
	p.t.Helper()
	p.w.until("session "+id+" is completed", 120*time.Second, func() bool {
		s := m.session(id)
		if n, err := p.page.Locator("#session-dock [data-answer=y]:enabled").Count(); err == nil && n > 0 && s.WaitingFor != "" {
			// The next check shows whether the button was still there.
			_ = p.page.Locator("#session-dock [data-answer=y]").First().Click()
		}
		return s.Status == "completed"
	})
}

// showsThread checks that the page shows exactly the events of the API: each one once, in order.
func (p *person) showsThread(m *team, id string) {
	p.t.Helper()
	var page struct{ Items []event.Event }
	m.get("/sessions/"+id+"/events?limit=200", &page)
	var want []string
	for _, it := range sessions.Fold(page.Items) {
		want = append(want, sessions.ItemID(it.Key))
	}
	var got []string
	p.w.until("the page shows every event", 10*time.Second, func() bool {
		got = p.ids("#conversation > *")
		return len(got) >= len(want)
	})
	if !slices.Equal(got, want) {
		p.t.Errorf("the page shows\n%s\nthe events tell\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	p.lacks("#session-live > *")
}

func (p *person) ids(selector string) (ids []string) {
	p.t.Helper()
	list, err := p.page.Locator(selector).EvaluateAll("all => all.map(e => e.id)")
	p.must(err)
	for _, id := range list.([]any) {
		ids = append(ids, id.(string))
	}
	return ids
}

// TestBrowserSteering pauses, resumes, stops and messages sessions with the buttons of their page.
func TestBrowserSteering(t *testing.T) {
	t.Parallel()
	browser(t)
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	p := w.signIn("acme@example.org")
	id := m.run("Be steered", turns("Talk.", map[string]any{"text": "one two three", "gate": "middle", "gate_at": "text"}, map[string]any{"text": "four five six"}), nil)
	p.open(m.path("/sessions/" + id))
	p.reads("#session-live .caret", "one two three")
	p.pausesAndResumes()
	p.talks(m, id)
	p.stops(m)
}

func (p *person) pausesAndResumes() {
	p.t.Helper()
	p.press("Pause")
	p.reads("#session-head .state", "paused")
	p.w.model.Open("middle")
	p.press("Resume")
	p.reads("#session-head .state", "completed")
}

// talks sends a message after the end, and another one while the session runs, which is queued.
func (p *person) talks(m *team, id string) {
	p.t.Helper()
	p.says(turns("Go on.", map[string]any{"text": "going on", "gate": "more", "gate_at": "text"}))
	p.reads("#session-live .caret", "going on")
	p.says(turns("And then this.", map[string]any{"text": "that too"}))
	p.reads("#session-dock .waiting, #conversation .me:last-of-type", "And then this.")
	p.w.model.Open("more")
	p.reads("#conversation .agent:has-text('that too')", "that too")
	p.reads("#session-head .state", "completed")
	p.showsThread(m, id)
}

func (p *person) says(text string) {
	p.t.Helper()
	p.must(p.page.Locator("#composer-text").Fill(text))
	p.press("Send")
	p.must(expect.Locator(p.page.Locator("#composer-text")).ToHaveValue(""))
}

// stops opens the confirmation first and cancels it, which changes nothing.
func (p *person) stops(m *team) {
	p.t.Helper()
	id := m.run("Be stopped", turns("Talk.", map[string]any{"text": "one two three", "hang": true}), nil)
	p.open(m.path("/sessions/" + id))
	p.reads("#session-live .caret", "one two three")
	p.press("Stop")
	p.press("Keep running")
	p.must(expect.Locator(p.page.Locator("#stop-dialog")).ToBeHidden())
	p.reads("#session-head .state", "running")
	p.press("Stop")
	p.press("Stop session")
	p.reads("#session-head .state", "stopped")
	p.sees("#session-head button:has-text('Retry')")
}

const choice = `[{"question":"Which database?","header":"DB","options":[{"label":"Postgres","description":"the big one"},{"label":"SQLite","description":"the small one"}]}]`

// TestBrowserAnswers answers a question with its buttons, and denies a command with a message to the agent.
func TestBrowserAnswers(t *testing.T) {
	t.Parallel()
	browser(t)
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	p := w.signIn("acme@example.org")
	id := m.run("Ask two things", turns("Ask.", map[string]any{"tools": []any{map[string]any{"name": "question", "args": map[string]any{"questions": json.RawMessage(choice)}}}},
		map[string]any{"tools": bash("rm -rf build")}, map[string]any{"text": "So I leave it."}), nil)
	p.open(m.path("/sessions/" + id))
	p.reads("#session-dock legend", "Which database?")
	p.must(p.page.Locator("#session-dock .opt:has-text('SQLite')").Click())
	p.press("Answer")
	p.reads("#session-dock .cmd", "rm -rf build")
	p.must(p.page.GetByText("Deny with a reason").Click())
	p.fill("Reason, and what to do instead", "Leave the build alone.")
	p.must(p.page.Locator("#session-dock .composer button[value=reject]").Click())
	p.reads("#session-head .state", "completed")
	p.reads("#conversation", "So I leave it.")
	p.reads("#conversation", "denied by Lead of acme")
	for _, heard := range []string{"SQLite", "Leave the build alone."} {
		if !w.modelHeard(heard) {
			t.Errorf("the model never read %q", heard)
		}
	}
}

// modelHeard reports whether a request to the model contained a text.
func (w *world) modelHeard(text string) bool {
	return slices.ContainsFunc(w.model.Requests(), func(r scriptmodel.Request) bool { return strings.Contains(string(r.Body), text) })
}
