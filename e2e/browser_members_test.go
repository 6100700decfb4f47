package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// TestBrowserMembers manages the members of a team: a lead invites a person, who joins with the link in another browser, gets another
// role and is removed while a page is open. The last lead cannot leave.
func TestBrowserMembers(t *testing.T) {
	t.Parallel()
	browser(t)
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	lead := w.signIn("acme@example.org")
	link := lead.invites(m, "Quinn@example.org")

	quinn := w.newPerson()
	quinn.open(strings.TrimPrefix(link, w.url))
	quinn.reads("h2", "Join")
	quinn.fill("Your name", "Quinn Quill")
	quinn.fill("Password", password)
	quinn.press("Join and sign in")
	quinn.at("/t/acme?done=joined")
	quinn.reads(".teams summary", "you are member")
	again := w.newPerson()
	again.open(strings.TrimPrefix(link, w.url))
	again.reads("body", "used") // the link works only once

	// A new role takes effect immediately on open pages: controls that it does not allow disappear.
	quinn.open(m.path("/sessions"))
	quinn.sees(".top .primary")
	lead.open(m.path("/people"))
	lead.changes("Quinn Quill", func() {
		_, err := lead.page.Locator("dialog:popover-open select[name=role]").SelectOption(playwright.SelectOptionValues{Values: &[]string{"viewer"}})
		lead.must(err)
		lead.press("Save role")
	})
	quinn.must(expect.Locator(quinn.page.Locator(".top .primary")).ToHaveCount(0))
	quinn.reads(".teams summary", "you are viewer")

	lead.changes("Quinn Quill", func() { lead.press("Remove from team") })
	quinn.must(expect.Locator(quinn.page.Locator("#main")).Not().ToContainText("Sessions", playwright.LocatorAssertionsToContainTextOptions{Timeout: playwright.Float(float64(10 * time.Second / time.Millisecond))}))
	if status := quinn.open(m.path("/sessions")); status != 404 {
		t.Errorf("who was removed gets %d", status)
	}

	lead.open(m.path("/people"))
	lead.changes("Lead of acme", func() { lead.press("Leave team") })
	lead.reads("body", "You are the last lead of this team. Make someone else a lead first.")
	lead.promotesAndLeaves(m)
}

// invites creates an invitation and returns its link.
func (p *person) invites(m *team, email string) string {
	p.t.Helper()
	p.open(m.path("/people"))
	p.fill("E-mail", email)
	p.press("Create invitation link")
	p.sees("#new-link")
	link, err := p.page.Locator("#new-link").TextContent()
	p.must(err)
	p.reads("#main", email)
	return strings.TrimSpace(link)
}

// changes opens the dialog of a person and runs an action in it.
func (p *person) changes(name string, do func()) {
	p.t.Helper()
	p.press("Change " + name)
	do()
}

// promotesAndLeaves makes somebody else a lead, after which the lead can leave.
func (p *person) promotesAndLeaves(m *team) {
	p.t.Helper()
	m.join("mo", "lead")
	p.open(m.path("/people"))
	p.changes("Lead of acme", func() { p.press("Leave team") })
	p.reads("h2", "You aren't in a team yet.")
	if status := p.open(m.path("")); status != 404 {
		p.t.Errorf("who left gets %d", status)
	}
}
