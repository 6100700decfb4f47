package dbtest

import (
	"context"
	"testing"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// Now is the time that the builders use.
var Now = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// Team is a team with one person of each role.
type Team struct {
	tenant.Tenant
	Lead, Member, Viewer user.User
}

// NewTeam makes a team with a lead, a member and a viewer; their names and addresses hold its slug.
func NewTeam(t testing.TB, d *dbkernel.DB, slug string) Team {
	t.Helper()
	team := Team{Tenant: tenant.Tenant{ID: tenant.ID(id.New()), Slug: slug, Name: "Team " + slug, Active: true, CreatedAt: Now,
		MaxConcurrentSessions: tenant.DefaultMaxConcurrentSessions, MaxQueuedSessions: tenant.DefaultMaxQueuedSessions}}
	ctx := context.Background()
	requireNoError(t, d.System(ctx, func(s *dbkernel.System) error {
		if err := dbpeople.Across(s).CreateTenant(ctx, team.Tenant); err != nil {
			return err
		}
		for role, u := range map[tenant.Role]*user.User{tenant.Lead: &team.Lead, tenant.Member: &team.Member, tenant.Viewer: &team.Viewer} {
			name := string(role) + "-" + slug
			*u = user.User{ID: tenant.UserID(id.New()), Email: name + "@example.org", Name: name, Active: true, Theme: "system", CreatedAt: Now}
			if err := dbpeople.Across(s).CreateUser(ctx, *u); err != nil {
				return err
			}
			if err := dbpeople.Across(s).PutMember(ctx, team.ID, u.ID, role, Now); err != nil {
				return err
			}
		}
		return nil
	}))
	return team
}

// Session makes a pending session of the team's member; change may fill what it likes before it is stored.
func Session(t testing.TB, d *dbkernel.DB, team Team, change ...func(*session.Session)) session.Session {
	t.Helper()
	v := session.Session{ID: session.ID(id.New()), Tenant: team.ID, Title: "Work of " + team.Slug, Priority: session.Medium, Model: "models/" + team.Slug,
		Prompt: "Do the work of " + team.Slug, CreatedBy: team.Member.ID, CreatedByName: team.Member.Name, CreatedAt: Now, StatusAt: Now,
		Status: session.Pending, Version: 1}.Clean()
	for _, f := range change {
		f(&v)
	}
	ctx := context.Background()
	requireNoError(t, d.Update(ctx, team.ID, func(s *dbkernel.Scope) error { return dbwork.On(s).CreateSession(ctx, v) }))
	return Read(t, d, v)
}

// Read reads the current state of a session.
func Read(t testing.TB, d *dbkernel.DB, v session.Session) session.Session {
	t.Helper()
	ctx := context.Background()
	requireNoError(t, d.View(ctx, v.Tenant, func(s *dbkernel.Scope) (err error) { v, err = dbwork.On(s).Session(ctx, v.ID); return err }))
	return v
}

// Move moves a session through statuses, one second after the other from at on.
func Move(t testing.TB, d *dbkernel.DB, v session.Session, at time.Time, through ...session.Status) session.Session {
	t.Helper()
	ctx := context.Background()
	for i, to := range through {
		m := dbwork.Move{ID: v.ID, From: v.Status, To: to, At: at.Add(time.Duration(i) * time.Second), NewAttempt: to == session.Queued && v.Status == session.Pending}
		requireNoError(t, d.Update(ctx, v.Tenant, func(s *dbkernel.Scope) error { _, err := dbwork.On(s).MoveSession(ctx, m); return err }))
		v = Read(t, d, v)
	}
	return v
}

// Repository makes a ready repository of the team.
func Repository(t testing.TB, d *dbkernel.DB, team Team, name string) repository.Repository {
	t.Helper()
	r := repository.Repository{ID: repository.ID(id.New()), Name: name, URL: "https://example.org/" + team.Slug + ".git", DefaultBranch: "main",
		CheckCommands: []string{"go test ./..."}, Status: repository.Ready, CreatedAt: Now}
	ctx := context.Background()
	requireNoError(t, d.Update(ctx, team.ID, func(s *dbkernel.Scope) error { return dbrepos.On(s).CreateRepository(ctx, r, "sealed-"+team.Slug) }))
	return r
}

// Provider makes a model provider of the team with one model, "small".
func Provider(t testing.TB, d *dbkernel.DB, team Team, name string) provider.Provider {
	t.Helper()
	p := provider.Provider{ID: provider.ID(id.New()), Name: name, Kind: provider.OpenAICompatible, BaseURL: "https://models.example.org/" + team.Slug,
		Models:    []provider.Model{{ID: "small", Context: 100_000, Output: 8_000, Price: usage.Price{Input: 1_000_000, Output: 2_000_000, CacheRead: 100_000, CacheWrite: 1_250_000}}},
		CreatedAt: Now}
	ctx := context.Background()
	requireNoError(t, d.Update(ctx, team.ID, func(s *dbkernel.Scope) error { return dbmodels.On(s).CreateProvider(ctx, p, "sealed-"+team.Slug, Now) }))
	return p
}

func requireNoError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
