package views_test

import (
	"time"

	"github.com/a-h/templ"

	"github.com/industrial-orchestrator/orchestrator/internal/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/admin"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

func adminFrame(section, name string) shell.Page {
	p := frame(section, name)
	p.Primary, p.Person.Admin = nil, true
	return p
}

func consoleTeam(name, slug string, running, slots int, used int64, limit *int64) quota.Team {
	return quota.Team{Tenant: tenant.Tenant{ID: tenant.ID(slug), Slug: slug, Name: name, Active: true, MaxConcurrentSessions: slots, MaxQueuedSessions: 500, CreatedAt: ago(41 * 24 * time.Hour)},
		People: 8, Running: running, Ready: 3, Budget: quota.Budget{Month: "2026-11", Max: quota.Limits{Tokens: limit}, Used: quota.Amount{Tokens: used}}}
}

func consoleTeams() admin.Teams {
	t := admin.Teams{Counts: quota.TeamCounts{All: 5, Active: 4, Inactive: 1, High: 2, Running: 33, Slots: 104, Ready: 12, Busy: 3, People: 59}, Version: "v0.2.0", Streams: 71, Now: now,
		Older: "/admin?after=kiln"}
	t.Rows = []quota.Team{consoleTeam("Foundry Tools", "foundry-tools", 10, 10, 29_100_000, at(int64(40_000_000))),
		consoleTeam("Payments Core", "payments-core", 3, 10, 9_970_000, at(int64(10_000_000))),
		consoleTeam("Turbine Telemetry and Predictive Maintenance of the North", "turbine-telemetry", 0, 10, 400_000, nil),
		consoleTeam("Kiln", "kiln", 0, 10, 0, at(int64(0))), consoleTeam("Legacy Import", "legacy-import", 0, 10, 800_000, at(int64(5_000_000)))}
	t.Rows[4].Active = false
	return t
}

func adminPages() map[string]templ.Component {
	none := consoleTeams()
	none.Rows, none.Filter.Query = nil, "nothing"
	return map[string]templ.Component{
		"admin":       admin.TeamsPage(adminFrame("admin", "Tenants"), consoleTeams()),
		"admin-empty": admin.TeamsPage(adminFrame("admin", "Tenants"), none),
	}
}
