package views_test

import (
	"time"

	"github.com/a-h/templ"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/views/admin"
	"github.com/industrial-orchestrator/orchestrator/views/overview"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
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
	t.Asked = []admin.Asked{
		{Team: t.Rows[1], Paused: 4, Request: quota.Request{ID: "r1", AskedByName: "Carla Nuñez", AskedAt: ago(220 * time.Minute), Wanted: quota.Limits{Tokens: at(int64(25_000_000))}, Reason: "PCI audit, 40 review sessions until Friday."}},
		{Team: t.Rows[2], Request: quota.Request{ID: "r2", AskedByName: "Henrik Solberg", AskedAt: ago(50 * time.Minute), Wanted: quota.Limits{Cost: at(int64(250_000_000))}, Reason: "Sensor traces as datasets."}}}
	return t
}

func consoleTeamPage() admin.Team {
	t := admin.Team{Team: consoleTeams().Rows[0], Me: "u1", Now: now}
	t.Budget.Max.Cost = at(int64(250_500_000))
	t.Members = []tenant.TeamMember{{User: "u2", Name: "Carla Nuñez", Email: "carla@foundry.tools", Role: tenant.Lead, Active: true, JoinedAt: ago(30 * 24 * time.Hour)},
		{User: "u3", Name: "Henrik Solberg of a rather long family name", Email: "henrik.solberg.of.a.long.name@turbine.foundry.tools", Role: tenant.Viewer, JoinedAt: ago(time.Hour)}}
	t.Entrances = []tenant.Entrance{{ID: "e1", User: "u9", Name: "Olga Operator", Reason: "A session hangs and the team asked for help", EndsAt: now.Add(40 * time.Minute)}}
	return t
}

func adminPages() map[string]templ.Component {
	team, fresh, refusedTeam, gone := consoleTeamPage(), consoleTeamPage(), consoleTeamPage(), consoleTeamPage()
	fresh.Link, fresh.LinkFor = "https://orchestrator.foundry.tools/invitations/QmFzZTY0VXJsU2FmZVRva2Vu", "carla@foundry.tools"
	refusedTeam.Form, refusedTeam.Faults = "quota", ui.Faults{"tokens": "\"many\" is not a whole number such as 80,000,000."}
	refusedTeam.Typed = map[string]string{"tokens": "many", "max_concurrent_sessions": "10"}
	gone.DeletedAt, gone.Active = at(ago(50*time.Hour)), false
	inside := adminFrame("overview", "Overview")
	inside.Entrances, inside.Entered = team.Entrances, team.Entrances[0].ID
	carla := admin.User{User: user.User{ID: "u2", Name: "Carla Nuñez", Email: "carla@foundry.tools", Active: true, CreatedAt: ago(time.Hour)}, Teams: frame("", "").Teams}
	linked := carla
	linked.Link, linked.Active, linked.Admin, linked.Teams = "https://orchestrator.foundry.tools/reset/QmFzZTY0VXJsU2FmZVRva2Vu", false, true, nil
	users := admin.Users{Rows: []user.Line{{User: carla.User, Teams: 3}, {User: user.User{ID: "u3", Name: "Henrik Solberg of a rather long family name", Email: "henrik.solberg.of.a.long.name@turbine.foundry.tools", Admin: true}}}, Older: "/admin/users?after=u3"}
	none := consoleTeams()
	none.Rows, none.Filter.Query = nil, "nothing"
	return map[string]templ.Component{
		"admin":             admin.TeamsPage(adminFrame("admin", "Teams"), consoleTeams()),
		"admin-team":        admin.TeamPage(adminFrame("admin", "Foundry Tools"), team.Filled()),
		"admin-team-new":    admin.TeamPage(adminFrame("admin", "Foundry Tools"), fresh.Filled()),
		"admin-team-faults": admin.TeamPage(adminFrame("admin", "Foundry Tools"), refusedTeam.Filled()),
		"admin-team-gone":   admin.TeamPage(adminFrame("admin", "Foundry Tools"), gone.Filled()),
		"admin-new":         admin.NewTeamPage(adminFrame("admin", "New team"), admin.NewTeam{}),
		"admin-new-faults":  admin.NewTeamPage(adminFrame("admin", "New team"), admin.NewTeam{Slug: "Foundry", Faults: ui.Faults{"slug": "A team's slug is made of lower-case letters."}}),
		"admin-inside":      overview.NeedsPage(inside, "/t/foundry", tenant.Actor{}, nil),
		"admin-users":       admin.UsersPage(adminFrame("admin-users", "Users"), users),
		"admin-users-none":  admin.UsersPage(adminFrame("admin-users", "Users"), admin.Users{Filter: user.Filter{Query: "x"}, Invite: admin.InviteForm{Faults: ui.Faults{"email": "\"x\" is not an e-mail address."}}}),
		"admin-user":        admin.UserPage(adminFrame("admin-users", "Carla Nuñez"), carla),
		"admin-user-link":   admin.UserPage(adminFrame("admin-users", "Carla Nuñez"), linked),
		"admin-empty":       admin.TeamsPage(adminFrame("admin", "Teams"), none),
	}
}
