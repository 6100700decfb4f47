// Package shell is the frame of every page: navigation, team switcher, top bar, banners, and what scripts and styles it loads.
package shell

import (
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Page is what the frame shows around a page's own content.
type Page struct {
	// Title names the page in the browser and, without Crumbs, in the top bar.
	Title  string
	Crumbs []Crumb
	Person Person
	// Team is the team of this page; Teams are all the person is in.
	Team  Team
	Teams []tenant.Membership
	// Section is the navigation entry the page belongs to: overview, sessions, needs-you, repositories, providers, people, budget, audit, account, and admin… of the console.
	Section string
	// Sessions counts what is active or waits; NeedsYou what waits for a person.
	Sessions, NeedsYou int64
	// Asked counts what teams ask of who runs the instance; only an admin's pages know it.
	Asked int64
	// Budget is the team's month, named Month.
	Budget  quota.Budget
	Month   string
	Version string
	// Demo, Insecure and Unsandboxed are said on every page; Banners are further sentences.
	Demo, Insecure, Unsandboxed bool
	Banners                     []string
	// Entrances are the admins who are inside the team; Entered is the one of the person this page is drawn for, empty otherwise.
	Entrances []tenant.Entrance
	Entered   string
	// Stream is the address of the page's live stream with the number it resumes after; empty has none.
	Stream string
	// Primary is the one thing to do here; nil has none.
	Primary *Action
	// Glass gives the page exactly the height of the screen.
	Glass bool
	// Toast confirms what the person just did; empty is silent.
	Toast string
}

// Crumb is one step of the way to a page.
type Crumb struct{ Label, Href string }

// Person is who the page is drawn for. Theme is dark, light or system; Admin shows the way to the console.
type Person struct {
	Name, Email, Theme string
	Admin              bool
}

// Team is the team a page is drawn for.
type Team struct {
	Slug, Name string
	Role       tenant.Role
	// ReadOnly says that the team is deactivated: nothing starts in it, whatever the role.
	ReadOnly bool
}

// Action is a link that does the page's one thing.
type Action struct{ Label, Href, Icon, Key string }

// Path is the address of a page of the team.
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
		{"needs-you", "Needs you", p.Team.Path("needs-you"), "n", ""},
		{"repositories", "Repositories", p.Team.Path("repositories"), "r", "Team"},
		{"providers", "Model providers", p.Team.Path("providers"), "m", ""},
		{"people", "People and limits", p.Team.Path("people"), "t", ""},
		{"budget", "Budget", p.Team.Path("budget"), "b", ""},
	}
	if p.Team.Role == tenant.Lead {
		es = append(es, entry{"audit", "Audit log", p.Team.Path("audit"), "l", ""})
	}
	es = append(es, p.instance()...)
	return append(es, entry{"account", "Account", "/account", "a", "You"})
}

// instance are the console's pages, for who runs the instance.
func (p Page) instance() []entry {
	if !p.Person.Admin {
		return nil
	}
	return []entry{
		{"admin", "Tenants", "/admin", "i", "Instance"},
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

// banners are the sentences above every page.
func (p Page) banners() []string {
	var b []string
	if p.Demo {
		b = append(b, "DEMO: scripted model and throw-away data. Everything here is gone when the server stops.")
	}
	if p.Insecure {
		b = append(b, "This server speaks plain http: who can read the network can read passwords. Set --public-url https://….")
	}
	if p.Unsandboxed {
		b = append(b, "Agents run without a sandbox on this host: they can read and change what the server's user can.")
	}
	return append(b, p.Banners...)
}

// documentTitle names page, team and product.
func (p Page) documentTitle() string {
	parts := []string{p.Title, p.Team.Name, "Industrial Orchestrator"}
	var kept []string
	for _, s := range parts {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, " · ")
}

// headers are sent with every request of the page's script.
func headers(v ui.Visit) string { return `{"X-CSRF-Token":"` + v.CSRF + `"}` }
