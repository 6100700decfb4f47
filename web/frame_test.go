package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

func TestEveryPageHasTheFrameAndOneStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *webkit.Options) {
		o.Demo, o.InsecureHTTP, o.Banners = true, true, []string{"The sandbox is off."}
	})
	a := crew(t, w, "alpha")
	w.team("beta")
	if err := w.app.People.AddMember(t.Context(), "beta", "lead-alpha@example.org", tenant.Viewer); err != nil {
		t.Fatal(err)
	}
	work := w.session(a, "Port the ledger", true)
	w.asks(w.claim(), "1", "make migrate")
	b, session := w.signedIn("lead-alpha"), "/t/alpha/sessions/"+string(work.ID)
	for _, path := range []string{"/t/alpha", "/t/alpha/sessions", "/t/alpha/needs-you", "/t/alpha/sessions/new", session, session + "/changes", session + "/calls", session + "/log",
		"/t/alpha/repositories", "/t/alpha/providers", "/t/alpha/people", "/account"} {
		d := b.get(path).want(t, http.StatusOK).doc(t)
		if n := d.Find("[hx-sse\\:connect]").Length(); n != 1 {
			t.Errorf("%s opens %d streams", path, n)
		}
		if n := d.Find("a.btn.primary[href],button.primary").FilterFunction(func(_ int, s *goquery.Selection) bool { return !s.HasClass("skip") }).Length(); n > 1 {
			t.Errorf("%s has %d primary buttons", path, n)
		}
		for _, words := range []string{"DEMO", "plain HTTP", "The sandbox is off."} {
			if !strings.Contains(d.Find("main").Text(), words) {
				t.Errorf("%s does not say %q", path, words)
			}
		}
		if d.Find("#nav-sessions").Text() != "1" || d.Find("#nav-needs").Text() != "1" || d.Find("h1").Length() == 0 && d.Find(".crumb").Length() == 0 {
			t.Errorf("%s lacks the frame: %q sessions, %q need you", path, d.Find("#nav-sessions").Text(), d.Find("#nav-needs").Text())
		}
		if got := d.Find(".teams button").Text(); !strings.Contains(got, "Team alpha") || !strings.Contains(got, "Team beta") {
			t.Errorf("the switcher of %s offers %q", path, got)
		}
		if d.Find("style,[style],body script,[onclick]").Length() > 0 {
			t.Errorf("%s has inline style or script", path)
		}
	}
}

func TestThePersonsThemeIsDrawnByTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person("acme", "ann", tenant.Viewer)
	b := w.signedIn("ann")
	if _, set := b.get("/t/acme").doc(t).Find("html").Attr("data-theme"); set {
		t.Error("a person without a choice does not follow the system")
	}
	if err := w.app.People.SetProfile(t.Context(), u, "Ann", "light", "Europe/Berlin"); err != nil {
		t.Fatal(err)
	}
	if theme := b.get("/t/acme").doc(t).Find("html").AttrOr("data-theme", ""); theme != "light" {
		t.Errorf("the theme is %q", theme)
	}
}

// The counts beside a session's page change with the team, not only with the session.
func TestTheCountsBesideASessionAreLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", false)
	b := w.signedIn("viewer-alpha")
	page := b.get("/t/alpha/sessions/" + string(work.ID)).doc(t)
	s := b.stream(page.Find("[hx-sse\\:connect]").AttrOr("hx-sse:connect", ""))
	s.until("the first paint", func(m message) bool { return strings.Contains(m.data, "nav-sessions") })
	w.session(a, "Draw the chart", false)
	apply(page, s.until("the new count", func(m message) bool { return strings.Contains(m.data, "nav-sessions") })...)
	if got := page.Find("#nav-sessions").Text(); got != "2" {
		t.Errorf("the sidebar counts %q sessions", got)
	}
}

func TestTheOverviewIsLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	w.session(a, "Port the ledger", true)
	b := w.signedIn("lead-alpha")
	page, asked := b.get("/t/alpha").doc(t), b.get("/t/alpha/needs-you").doc(t)
	if text := page.Find("#overview-waiting").Text(); !strings.Contains(text, "Port the ledger") || !strings.Contains(text, "Place 1") {
		t.Errorf("what waits reads %q", text)
	}
	s := b.stream(page.Find("[hx-sse\\:connect]").AttrOr("hx-sse:connect", ""))
	needs := b.stream(asked.Find("[hx-sse\\:connect]").AttrOr("hx-sse:connect", ""))
	w.asks(w.claim(), "1", "make migrate")
	asks := func(id string) func(message) bool {
		return func(m message) bool { return strings.Contains(m.data, id) && strings.Contains(m.data, "make migrate") }
	}
	apply(page, s.until("the question", asks("overview-needs"))...)
	apply(page, s.until("its number", func(m message) bool { return m.id != "" })...)
	apply(asked, needs.until("the question", asks("needs-list"))...)
	if text := page.Find("#overview-active").Text(); !strings.Contains(text, "Port the ledger") {
		t.Errorf("what works reads %q", text)
	}
	if strings.Contains(page.Find("#overview-waiting").Text(), "Port the ledger") {
		t.Error("what works still waits")
	}
	if asked.Find("#needs-list form").Length() == 0 {
		t.Error("the question cannot be answered where it is listed")
	}
}
