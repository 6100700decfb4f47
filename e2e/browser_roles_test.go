package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// asksNow is a session that waits for the approval of a command.
var asksNow = turns("Ask.", map[string]any{"text": "May I?", "tools": bash("sh test.sh")}, map[string]any{"text": "done"})

// seen lists which controls each page must show and hide for a role.
type seen struct {
	path       string
	sees, not  []string
	status     int
	refusedFor string
}

// TestBrowserRoles visits the same pages as lead, member and viewer. Each role sees exactly the controls that it may use.
func TestBrowserRoles(t *testing.T) {
	t.Parallel()
	browser(t)
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	asking := m.run("Wait for the lead", asksNow, nil)
	m.asked(asking)
	s := m.path("/sessions/" + asking)
	for who, pages := range map[string][]seen{
		"acme@example.org": {
			{path: m.path("/sessions"), sees: []string{".top .primary"}},
			{path: s, sees: []string{"[data-answer=y]", "[data-answer=a]", "[data-answer=n]", "[data-key=p]", "[data-key=s]", "#composer-text", ".tab:has-text('Model calls')"}},
			{path: m.path("/repositories"), sees: []string{"#register button"}},
			{path: m.path("/providers"), sees: []string{"#add"}},
			{path: m.path("/people"), sees: []string{"#invite button"}},
		},
		m.join("mo", "member"): {
			{path: m.path("/sessions"), sees: []string{".top .primary"}},
			{path: s, sees: []string{"#session-dock .cmd", "#session-dock >> text=Only leads and the person"}, not: []string{"[data-answer]", "#session-head form", "#composer-text", ".tab:has-text('Model calls')"}},
			{path: s + "/calls", status: http.StatusForbidden, refusedFor: "lead"},
			{path: m.path("/repositories"), sees: []string{".rowlink"}, not: []string{"#main form"}},
			{path: m.path("/providers"), sees: []string{".rowlink"}, not: []string{"#main form"}},
			{path: m.path("/people"), not: []string{"#invite", "#main form[action*='/role']", "#main form[action*='/remove']"}},
		},
		m.join("vi", "viewer"): {
			{path: m.path("/sessions"), not: []string{".top .primary", ".tabbar >> text=Start"}},
			{path: m.path("/sessions/new"), status: http.StatusForbidden, refusedFor: "member"},
			{path: s, sees: []string{"#session-dock .cmd"}, not: []string{"#main form", "[data-answer]"}},
			{path: m.path("/repositories"), sees: []string{".rowlink"}, not: []string{"#main form"}},
			{path: m.path("/providers"), sees: []string{".rowlink"}, not: []string{"#main form"}},
			{path: "/account", sees: []string{"#t-name"}},
		},
	} {
		w.signIn(who).walks(pages)
	}
	w.strangerAdmin()
	m.forged(asking)
}

func (p *person) walks(pages []seen) {
	p.t.Helper()
	for _, page := range pages {
		want := max(page.status, http.StatusOK)
		if got := p.open(page.path); got != want {
			p.t.Errorf("%s answers %d, not %d", page.path, got, want)
		}
		for _, s := range page.sees {
			p.sees(s)
		}
		p.lacks(page.not...)
		if page.refusedFor != "" {
			p.reads("#main", "a "+page.refusedFor)
		}
	}
}

// strangerAdmin checks that an admin has access to the console but not to teams, which are not found, as for anybody else.
func (w *world) strangerAdmin() {
	w.t.Helper()
	w.command(password+"\n", "user", "create", "--email", "root@example.org", "--name", "Root", "--admin", "--password-stdin")
	p := w.signIn("root@example.org")
	p.at("/admin")
	if status := p.open("/t/acme"); status != http.StatusNotFound {
		w.t.Errorf("an admin outside the team gets %d", status)
	}
}

// forged sends requests that the person's pages do not offer, with a valid token, and requests that no page may send. All are refused.
func (m *team) forged(asking string) {
	m.w.t.Helper()
	var list struct{ Items []askJSON }
	m.get("/sessions/"+asking+"/permissions", &list)
	s, before := m.path("/sessions/"+asking), len(m.events(asking))
	for _, who := range []string{"mo", "vi"} {
		p := m.w.signIn(who + "@example.org")
		p.open(m.path("/sessions"))
		for _, path := range []string{s + "/stop", s + "/messages", s + "/asks/" + list.Items[0].ID, m.path("/repositories"), m.path("/providers")} {
			p.postRefused(path, map[string]any{"csrf": p.token(), "team": m.slug, "reply": "once", "text": "hello", "name": "forged"}, nil)
		}
		if who == "vi" {
			p.postRefused(m.path("/sessions"), map[string]any{"csrf": p.token(), "team": m.slug, "title": "forged", "initial_prompt": "forged"}, nil)
		}
	}
	lead := m.w.signIn("acme@example.org")
	lead.open(m.path("/sessions"))
	lead.postRefused(s+"/stop", map[string]any{"team": m.slug}, nil)
	lead.postRefused(s+"/stop", map[string]any{"team": m.slug, "csrf": strings.Repeat("a", len(lead.token()))}, nil)
	lead.postRefused(s+"/stop", map[string]any{"team": m.slug, "csrf": lead.token()}, map[string]string{"Sec-Fetch-Site": "cross-site"})
	lead.postRefused(s+"/stop", map[string]any{"team": m.slug, "csrf": lead.token()}, map[string]string{"Origin": "https://evil.example"})
	if after := len(m.events(asking)); after != before {
		m.w.t.Errorf("forged posts wrote %d events", after-before)
	}
}

func (p *person) token() string {
	p.t.Helper()
	token, err := p.page.Locator("input[name=csrf]").First().GetAttribute("value")
	p.must(err)
	return token
}

func (p *person) postRefused(path string, form map[string]any, headers map[string]string) {
	p.t.Helper()
	res, err := p.ctx.Request().Post(p.url+path, playwright.APIRequestContextPostOptions{Form: form, Headers: headers})
	p.must(err)
	if res.Status() != http.StatusForbidden {
		p.t.Errorf("a forged POST to %s answers %d", path, res.Status())
	}
}

// TestBrowserTwoTeams switches teams and shows two teams in two tabs.
func TestBrowserTwoTeams(t *testing.T) {
	t.Parallel()
	browser(t)
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	w.command("", "tenant", "create", "--slug", "blue", "--name", "Team blue")
	blue := &team{w: w, slug: "blue"}
	blue.join("acme", "viewer")
	p := w.signIn("acme@example.org")
	p.at("/t/acme")
	p.must(p.page.Locator(".teams summary").Click())
	p.must(p.page.Locator(".teams button[value=blue]").Click())
	p.at("/t/blue")
	p.reads(".teams summary", "you are viewer")
	p.open("/")
	p.at("/t/blue")
	p.open(m.path("/sessions/new"))
	p.reads(".teams summary", "you are lead")
	p.open("/")
	p.at("/t/blue") // opening another team's page does not switch the team
	p.lies(m)
}

// lies sends a form of one team to the other team's URL, which only a script can do.
func (p *person) lies(m *team) {
	p.t.Helper()
	other := p.tab()
	_, err := other.Goto(p.url + "/t/blue/sessions")
	p.must(err)
	p.open(m.path("/sessions/new"))
	p.fill("Title", "In two minds")
	p.fill("Prompt", "Which team is this?")
	_, err = p.page.Evaluate(`document.getElementById('new-session').action = '/t/blue/sessions'`)
	p.must(err)
	p.press("Save as draft")
	p.reads("[data-status='409']", "This form belongs to Team acme but was sent to Team blue. Nothing was changed.")
	p.sees("[data-status='409'] a:has-text('Open Team blue')")
	p.follow("Open Team acme")
	p.at("/t/acme")
	var list struct{ Items []sessionJSON }
	if m.get("/sessions", &list); len(list.Items) != 0 {
		p.t.Errorf("it made %+v", list.Items)
	}
}
