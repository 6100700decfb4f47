// Package shell is the frame of every page: navigation, team switcher, top bar, banners, scripts and styles.
package shell

import (
	"cmp"
	"strings"

	"github.com/a-h/templ"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Page is what the frame shows around a page's content.
type Page struct {
	// Title is shown by the browser and, without Crumbs, in the top bar.
	Title  string
	Crumbs []Crumb
	Person Person
	// Team is the team of this page; Teams are all teams of the person.
	Team  Team
	Teams []tenant.Membership
	// Section is the navigation entry the page belongs to: overview, sessions, needs-you, merge-queue, agents, repositories, providers, people, budget, audit, account, and admin… of the console.
	Section string
	// Sessions counts active and waiting sessions, Asks what waits for a person, and NeedsYou what of it the reader can answer.
	Sessions, Asks, NeedsYou int64
	// Asked counts open requests of teams to the admins; it is set only on an admin's pages.
	Asked int64
	// Budget is the team's month, named Month.
	Budget  quota.Budget
	Month   string
	Version string
	// Demo, Insecure and Unsandboxed add a banner to every page; Banners are further ones.
	Demo, Insecure, Unsandboxed bool
	Banners                     []string
	// Entrances are the admins who have entered the team; Entered is the person's own, or empty.
	Entrances []tenant.Entrance
	Entered   string
	// Stream is the URL of the page's live stream with the number to resume after; empty for none.
	Stream string
	// Primary is the page's main action; nil for none.
	Primary *Action
	// Glass makes the page exactly as high as the screen.
	Glass bool
	// Heading and Acts stand in the top bar of a low or narrow screen, where the page's own head has no room; both may be empty.
	Heading string
	Acts    templ.Component
	// Toast confirms the person's last action; empty for none.
	Toast string
}

// Crumb is one breadcrumb.
type Crumb struct{ Label, Href string }

// Person is the reader of the page. Theme is dark, light or system; Admin adds links to the console.
type Person struct {
	Name, Email, Theme string
	Admin              bool
}

// Team is the team of a page.
type Team struct {
	Slug, Name string
	Role       tenant.Role
	// ReadOnly is true while the team is deactivated: nothing starts in it, whatever the role.
	ReadOnly bool
}

// Action is a link to what can be done on the page.
type Action struct{ Label, Href, Icon, Key string }

// Path is the URL of a page of the team.
func (t Team) Path(rest ...string) string {
	p := "/t/" + t.Slug
	for _, r := range rest {
		p += "/" + r
	}
	return p
}

// entry is one line of the navigation.
type entry struct {
	section, label, href, key string
	group                     string
}

func (p Page) entries() []entry {
	if p.Team.Slug == "" {
		return append(p.instance(), entry{"account", "Account", "/account", "", "You"})
	}
	es := []entry{
		{"overview", "Overview", p.Team.Path(), "o", ""},
		{"sessions", "Sessions", p.Team.Path("sessions"), "s", ""},
		{"needs-you", p.NeedsLabel(), p.Team.Path("needs-you"), "n", ""},
		{"merge-queue", "Merge queue", p.Team.Path("merge-queue"), "q", ""},
		{"agents", "Agents", p.Team.Path("agents"), "a", ""},
		{"repositories", "Repositories", p.Team.Path("repositories"), "r", "Team"},
		{"providers", "Model providers", p.Team.Path("providers"), "m", ""},
		{"people", "People and limits", p.Team.Path("people"), "t", ""},
		{"budget", "Budget", p.Team.Path("budget"), "b", ""},
	}
	if p.Team.Role == tenant.Lead {
		es = append(es, entry{"audit", "Audit log", p.Team.Path("audit"), "l", ""})
	}
	es = append(es, p.instance()...)
	return append(es, entry{"account", "Account", "/account", "y", "You"})
}

// NeedsLabel is the name of the page with everything that waits for a person: only people who can answer are told "you".
func (p Page) NeedsLabel() string {
	if p.answers() {
		return "Needs you"
	}
	return "Open questions"
}

// answers reports whether the reader can answer approvals and questions of the team at all.
func (p Page) answers() bool {
	return p.Team.Role.Rank() >= tenant.Member.Rank() && !p.Team.ReadOnly
}

// instance lists the console's pages, for admins.
func (p Page) instance() []entry {
	if !p.Person.Admin {
		return nil
	}
	return []entry{
		{"admin", "Teams", "/admin", "i", "Instance"},
		{"admin-users", "Users", "/admin/users", "u", ""},
		{"admin-usage", "Usage", "/admin/usage", "", ""},
		{"admin-queue", "Queue", "/admin/queue", "", ""},
		{"admin-processes", "OpenCode processes", "/admin/processes", "", ""},
		{"admin-jobs", "Background jobs", "/admin/jobs", "", ""},
		{"admin-prices", "Prices", "/admin/prices", "", ""},
		{"admin-audit", "Instance audit log", "/admin/audit", "", ""},
		{"admin-settings", "Settings", "/admin/settings", "", ""},
		{"admin-health", "Health", "/admin/health", "", ""},
	}
}

// banners returns the warnings above every page.
func (p Page) banners() []string {
	var b []string
	if p.Demo {
		b = append(b, "DEMO: scripted model and temporary data. All data is deleted when the server stops.")
	}
	if p.Insecure {
		b = append(b, "This server uses plain HTTP: anyone who can read the network traffic can read passwords. Set --public-url https://….")
	}
	if p.Unsandboxed {
		b = append(b, "Agents run without a sandbox on this host: they can read and change everything that the server's user can.")
	}
	return append(b, p.Banners...)
}

// documentTitle joins the names of page, team and product. A heading says more than the title, which is an ID where there is a heading.
func (p Page) documentTitle() string {
	parts := []string{cmp.Or(p.Heading, p.Title), p.Team.Name, "Industrial Orchestrator"}
	var kept []string
	for _, s := range parts {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, " · ")
}

// headers returns the headers that scripts send with every request.
func headers(v ui.Visit) string { return `{"X-CSRF-Token":"` + v.CSRF + `"}` }
