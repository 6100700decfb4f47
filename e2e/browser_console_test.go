package e2e

import (
	"archive/zip"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// TestBrowserConsole manages one team as an admin, from the invitation of the first lead to the restoration after its deletion. The
// lead sees each step in the team.
func TestBrowserConsole(t *testing.T) {
	t.Parallel()
	browser(t)
	w := newWorld(t)
	root := w.admin()
	m, lead := root.makesTeam()
	root.setsQuota(m)
	root.answersRequests(m, lead)
	draft := m.drafts()
	root.entersTeam(m, lead)
	root.exportsAndLeaves(m, lead)
	root.deactivates(m, lead, draft)
	root.deletesAndRestores(m, lead)
	root.minds(w)
}

// admin creates an admin of the instance who is in no team, and signs them in.
func (w *world) admin(options ...playwright.BrowserNewContextOptions) *person {
	w.t.Helper()
	w.command(password+"\n", "user", "create", "--email", "root@example.org", "--name", "Root", "--admin", "--password-stdin")
	return w.signIn("root@example.org", options...)
}

// makesTeam creates a team with the form. Its first lead joins with the link in a separate browser.
func (p *person) makesTeam() (*team, *person) {
	p.t.Helper()
	p.open("/admin")
	p.must(p.page.GetByRole("link", playwright.PageGetByRoleOptions{Name: "New team"}).First().Click())
	p.fill("Name", "Team acme")
	p.fill("Slug", "Not a slug")
	p.fill("First lead's e-mail", "quinn@example.org")
	p.press("Create team")
	p.sees("#f-slug[aria-invalid=true]")
	p.fill("Slug", "acme")
	p.press("Create team")
	link := p.linkIn("#team-link")
	p.reads("#main", "Nobody is in this team yet.")
	lead := p.w.newPerson()
	lead.joins(link, "Quinn Quill")
	lead.at("/t/acme?done=joined")
	lead.reads(".teams summary", "you are lead")
	p.open("/admin/tenants/acme")
	p.reads("[aria-label=Team] tbody:has-text('quinn@example.org')", "Quinn Quill")
	return &team{w: p.w, slug: "acme"}, lead
}

// linkIn returns the path of a link that the page shows only once.
func (p *person) linkIn(selector string) string {
	p.t.Helper()
	p.sees(selector)
	link := p.texts(selector)[0]
	if !strings.HasPrefix(link, p.url+"/") {
		p.t.Fatalf("the link is %q", link)
	}
	return strings.TrimPrefix(link, p.url)
}

// joins accepts an invitation as a new user.
func (p *person) joins(link, name string) {
	p.t.Helper()
	p.open(link)
	p.fill("Your name", name)
	p.fill("Password", password)
	p.press("Join and sign in")
}

// decides opens the dialog of a button, fills it in and confirms.
func (p *person) decides(button string, fill ...func()) {
	p.t.Helper()
	p.press(button)
	for _, f := range fill {
		f()
	}
	p.must(p.page.Locator("dialog:popover-open footer form button, dialog:popover-open footer button:not([type])").Click())
}

// setsQuota enters an invalid number, which the form keeps with an error, and then sets the quotas.
func (p *person) setsQuota(m *team) {
	p.t.Helper()
	p.open("/admin/tenants/" + m.slug)
	p.fill("Limit: Active sessions", "many")
	p.press("Save limits")
	p.reads(".err", "Enter a whole number such as 10 (you entered \"many\").")
	p.fill("Limit: Active sessions", "3")
	p.must(p.page.Locator("[name=tokens]").Fill("1,000,000"))
	p.press("Save limits")
	p.reads(".toast", "Quotas saved.")
	p.must(expect.Locator(p.page.Locator("[name=tokens]")).ToHaveValue("1,000,000"))
	p.must(expect.Locator(p.page.Locator("[name=max_concurrent_sessions]")).ToHaveValue("3"))
}

// answersRequests approves a request unchanged, approves another with a different value, and declines a third. The lead reads each
// answer.
func (p *person) answersRequests(m *team, lead *person) {
	p.t.Helper()
	lead.asksFor(m, "2,000,000", "The release is due.")
	p.open("/admin")
	p.reads("#asked", "Team acme: tokens per month, 1.0 M to 2.0 M")
	p.reads("#asked", "The release is due.")
	p.press("Grant 2.0 M")
	p.reads(".toast", "Granted.")
	p.lacks("#asked")
	lead.isAnswered(m, "granted", "", "2,000,000")

	lead.asksFor(m, "9,000,000", "Everything at once.")
	p.open("/admin")
	p.decides("Other amount", func() {
		p.fill("Tokens per month", "3,000,000")
		p.fill("Note", "Half of it for now.")
	})
	p.reads(".toast", "Granted.")
	lead.isAnswered(m, "granted", "Half of it for now.", "3,000,000")

	lead.asksFor(m, "8,000,000", "And more.")
	p.open("/admin")
	p.decides("Refuse", func() { p.fill("Reason", "Ask again in spring.") })
	p.reads(".toast", "Refused.")
	lead.isAnswered(m, "refused", "Ask again in spring.", "3,000,000")
}

func (p *person) asksFor(m *team, tokens, why string) {
	p.t.Helper()
	p.open(m.path("/budget"))
	p.fill("Tokens per month", tokens)
	p.fill("Reason", why)
	p.press("Request more budget")
	p.reads(".toast", "Your request was sent to an admin.")
}

func (p *person) isAnswered(m *team, answer, said, limit string) {
	p.t.Helper()
	p.open(m.path("/budget"))
	p.reads("[aria-label=Budget] tr:has(.badge)", answer)
	p.reads("[aria-label=Budget] tr:has(.badge)", said)
	p.reads("#budget-now", limit)
}

// drafts creates a session that is not started, with a token of the lead.
func (m *team) drafts() string {
	m.w.t.Helper()
	m.token = m.w.command("", "token", "create", "--email", "quinn@example.org", "--tenant", m.slug, "--name", "e2e")
	m.post("/model-providers", map[string]any{"name": "script", "kind": "openai_compatible", "base_url": m.w.modelURL, "api_key": modelKey,
		"models": []any{map[string]any{"id": "scripted", "context": 128000, "output": 8192}}}, nil)
	return m.run("Only a draft", turns("Later.", map[string]any{"text": "done"}), map[string]any{"start": false, "repository_id": nil})
}

// entersTeam has no access without a reason. With one, the admin is a lead in the team, and its members see who has access and why.
func (p *person) entersTeam(m *team, lead *person) {
	p.t.Helper()
	if status := p.open(m.path("")); status != http.StatusNotFound {
		p.t.Errorf("an admin outside the team gets %d", status)
	}
	lead.open(m.path("/sessions"))
	lead.lacks("#inside .banner")
	p.open("/admin/tenants/" + m.slug)
	p.fill("Reason", "x")
	p.press("Enter team")
	p.sees("#f-reason[aria-invalid=true]")
	p.fill("Reason", "The lead asked me to look at a draft.")
	p.press("Enter team")
	p.at(m.path(""))
	p.reads("#inside .banner", "You entered this team as an admin. You have a lead's rights until")
	p.open(m.path("/sessions"))
	p.reads("#rows", "Only a draft")
	lead.reads("#inside .banner", "Root, an admin of this instance, has access to this team until") // without a reload
	lead.reads("#inside .banner", "The lead asked me to look at a draft.")
}

// exportsAndLeaves exports the team's data and leaves. The members see that the access has ended, and both actions in their log.
func (p *person) exportsAndLeaves(m *team, lead *person) {
	p.t.Helper()
	p.open("/admin/tenants/" + m.slug)
	names := p.unzips(p.downloads(func() { p.follow("Export") }))
	for _, want := range []string{"team.json", "members.json", "providers.json"} {
		if !slices.Contains(names, want) {
			p.t.Errorf("the export has no %s: %v", want, names)
		}
	}
	p.open(m.path(""))
	p.must(p.page.Locator("#inside button").Click())
	p.reads(".toast", "You have left the team.")
	if status := p.open(m.path("")); status != http.StatusNotFound {
		p.t.Errorf("an admin who left gets %d", status)
	}
	lead.must(expect.Locator(lead.page.Locator("#inside .banner")).ToHaveCount(0))
	lead.open(m.path("/audit"))
	for _, verb := range []string{"enter_team", "export_team", "leave_entered_team"} {
		lead.sees("td[title='" + verb + "']")
	}
}

// downloads runs an action that downloads a file, and returns the file's path.
func (p *person) downloads(do func()) string {
	p.t.Helper()
	d, err := p.page.ExpectDownload(func() error { do(); return nil })
	p.must(err)
	path, err := d.Path()
	p.must(err)
	return path
}

// unzips reads an archive completely and returns the names of its files.
func (p *person) unzips(path string) (names []string) {
	p.t.Helper()
	z, err := zip.OpenReader(path)
	p.must(err)
	defer func() { _ = z.Close() }()
	for _, f := range z.File {
		r, err := f.Open()
		p.must(err)
		_, err = io.Copy(io.Discard, r)
		p.must(err)
		names = append(names, f.Name)
	}
	return names
}

// deactivates a team: its members can read but not start anything until it is active again.
func (p *person) deactivates(m *team, lead *person, draft string) {
	p.t.Helper()
	p.open("/admin/tenants/" + m.slug)
	p.decides("Deactivate")
	p.reads(".toast", "Team deactivated.")
	p.reads("#main", "This team is deactivated.")
	if status := lead.open(m.path("/sessions/" + draft)); status != http.StatusOK {
		p.t.Errorf("a lead reads %d", status)
	}
	lead.reads(".banner", "This team is deactivated")
	lead.reads("#session-head h1", "Only a draft")
	lead.lacks("#session-head form", "#composer-text", ".top .primary")
	lead.postRefused(m.path("/sessions/"+draft+"/start"), map[string]any{"csrf": lead.token(), "team": m.slug}, nil)
	if s := m.session(draft); s.Status != "pending" {
		p.t.Errorf("the draft is %s", s.Status)
	}
	p.press("Activate")
	p.reads(".toast", "Team activated.")
	lead.open(m.path("/sessions/" + draft))
	lead.lacks(".banner:has-text('deactivated')")
	lead.press("Start")
	lead.reads("#session-head .state", "completed")
}

// deletesAndRestores deletes the team by typing its slug. Nobody has access to the team until it is restored.
func (p *person) deletesAndRestores(m *team, lead *person) {
	p.t.Helper()
	p.open("/admin/tenants/" + m.slug)
	p.fill("Type acme to delete the team", "blue")
	p.press("Delete team")
	p.sees("#f-slug[aria-invalid=true]")
	p.fill("Type acme to delete the team", "acme")
	p.press("Delete team")
	p.reads(".toast", "Team deleted.")
	if status := lead.open(m.path("")); status != http.StatusNotFound {
		p.t.Errorf("a lead of a deleted team gets %d", status)
	}
	p.open("/admin")
	p.must(p.page.Locator(".chip:has-text('deleted')").Click())
	p.follow("Team acme")
	p.reads("#main", "This team was deleted.")
	p.press("Restore team")
	p.reads(".toast", "Team restored.")
	p.press("Activate")
	p.reads(".toast", "Team activated.")
	if status := lead.open(m.path("")); status != http.StatusOK {
		p.t.Errorf("a lead of a restored team gets %d", status)
	}
}
