package e2e

import (
	"github.com/playwright-community/playwright-go"

	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestBrowserPagesConsole checks the console's pages, and the lead's pages about limits and the log, with axe and the layout rules:
// empty, full, with errors and with open dialogs.
func TestBrowserPagesConsole(t *testing.T) {
	t.Parallel()
	heavy(t)
	browser(t)
	w := newWorld(t, "--opencode-idle", "1s") // so that one process is listed at the end
	root := w.admin(w.auditor()).bringsAxe()
	root.sounds("empty", map[string]string{"tenants": "/admin", "users": "/admin/users", "new-tenant": "/admin/new-tenant", "usage": "/admin/usage", "queue": "/admin/queue",
		"processes": "/admin/processes", "jobs": "/admin/jobs", "prices": "/admin/prices", "audit": "/admin/audit?object=nothing", "settings": "/admin/settings", "health": "/admin/health"})
	m := w.newTeam("acme", 1)
	w.command("", "tenant", "quota", "--tenant", "acme", "--max-tokens-per-month", "1,000,000", "--max-cost-per-month", "50")
	m.fillsConsole()
	root.consolePages(m)
	lead := w.signIn("acme@example.org", w.auditor()).bringsAxe()
	lead.limitPages(m)
	root.open("/admin/tenants/acme")
	root.decides("Deactivate")
	root.audits("full-deactivated")
	lead.sounds("deactivated", map[string]string{"overview": m.path(""), "budget": m.path("/budget")})
}

// sounds checks pages that respond with 200, sorted by name.
func (p *person) sounds(kind string, pages map[string]string) {
	p.t.Helper()
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		p.sound(kind+"-"+name, pages[name], http.StatusOK)
	}
}

// fillsConsole creates a team with usage, running and waiting sessions and a budget request, a deleted team, and users.
func (m *team) fillsConsole() {
	m.w.t.Helper()
	done := m.run("Greet people", mainJob, nil)
	m.reply(done, m.asked(done), "once")
	m.becomes(done, 60*time.Second, "completed")
	m.asked(m.run("Ask", asksNow, nil))
	m.run("Wait for a slot", asksNow, nil)
	m.post("/budget/requests", map[string]any{"tokens": 2_000_000, "cost_microusd": 100_000_000, "reason": long}, nil)
	m.join("a-person-with-a-name-as-long-as-addresses-are-in-some-places", "viewer")
}

// consolePages are the console's pages with content.
func (p *person) consolePages(m *team) {
	p.t.Helper()
	p.open("/admin/new-tenant")
	p.fill("Name", long[:100])
	p.fill("Slug", strings.Repeat("long-slug-", 4)+"x")
	p.fill("First lead's e-mail", "first@example.org")
	p.press("Create team")
	p.sees("#team-link")
	p.audits("full-team-link")
	gone := "/admin/tenants/" + strings.Repeat("long-slug-", 4) + "x"
	p.sound("full-new-team", gone, http.StatusOK)
	p.must(p.page.GetByLabel("to delete the team").Fill(strings.TrimPrefix(gone, "/admin/tenants/")))
	p.press("Delete team")
	p.reads(".toast", "deleted")
	p.sounds("full", map[string]string{"tenants": "/admin", "deleted": "/admin?state=deleted", "none": "/admin?q=nothing", "tenant": "/admin/tenants/acme", "tenant-deleted": gone,
		"users": "/admin/users", "usage": "/admin/usage", "usage-person": "/admin/usage?by=person", "queue": "/admin/queue", "processes": "/admin/processes", "jobs": "/admin/jobs",
		"audit": "/admin/audit", "settings": "/admin/settings", "health": "/admin/health"})
	p.sound("usage-refused", "/admin/usage?from=nothing", http.StatusUnprocessableEntity)
	p.dialogs()
	p.refusedForms()
	p.personPages()
	p.insidePages(m)
}

// dialogs are the dialogs of an admin's decisions.
func (p *person) dialogs() {
	p.t.Helper()
	for _, d := range [][3]string{{"other-value", "/admin", "Other amount"}, {"refuse", "/admin", "Refuse"}, {"deactivate", "/admin/tenants/acme", "Deactivate"}, {"stop", "/admin/processes", "Stop"}} {
		p.must(p.page.SetViewportSize(1440, 900))
		p.open(d[1])
		p.must(p.page.GetByRole("button", playwright.PageGetByRoleOptions{Name: d[2], Exact: playwright.Bool(true)}).First().Click())
		p.sees("dialog:popover-open")
		p.audits("dialog-" + d[0])
	}
}

// refusedForms are forms with errors.
func (p *person) refusedForms() {
	p.t.Helper()
	p.open("/admin/tenants/acme")
	p.fill("Limit: Active sessions", "many")
	p.press("Save limits")
	p.sees(".err")
	p.audits("refused-quota")
	p.open("/admin/prices")
	for label, text := range map[string]string{"Provider": "script", "Model": long, "Input (dollars)": "much", "Output (dollars)": "20", "Cache read (dollars)": "0.4", "Cache write (dollars)": "5"} {
		p.fill(label, text)
	}
	p.press("Add price")
	p.sees(".err")
	p.audits("refused-price")
	p.fill("Input (dollars)", "4")
	p.press("Add price")
	p.reads(".toast", "Price added.")
	p.audits("full-prices")
}

// personPages are the pages of one person: just created, with teams, before the admin flag is set.
func (p *person) personPages() {
	p.t.Helper()
	p.open("/admin/users")
	p.fill("Name", "Mo Moor")
	p.fill("E-mail", "mo@example.org")
	p.press("Invite user")
	p.sees("#user-link")
	p.audits("full-user-link")
	p.open("/admin/users?q=lead")
	p.follow("Lead of acme")
	p.reads("[aria-label=Teams]", "Team acme")
	p.audits("full-user")
	p.must(p.page.SetViewportSize(1440, 900))
	p.press("Make admin")
	p.sees("dialog:popover-open")
	p.audits("dialog-make-admin")
}

// insidePages are pages of a team and of the console while an admin has access to the team.
func (p *person) insidePages(m *team) {
	p.t.Helper()
	p.open("/admin/tenants/acme")
	p.fill("Reason", long)
	p.press("Enter team")
	p.sees("#inside .banner")
	p.audits("inside")
	p.sounds("inside", map[string]string{"tenant": "/admin/tenants/acme", "sessions": m.path("/sessions")})
}

// limitPages are the lead's pages about limits, members and the log while an admin has access to the team.
func (p *person) limitPages(m *team) {
	p.t.Helper()
	p.sounds("lead", map[string]string{"budget": m.path("/budget"), "costs": m.path("/budget/costs"), "audit": m.path("/audit"), "audit-none": m.path("/audit?object=nothing"), "people": m.path("/people")})
}
