package people

import (
	"context"
	"strings"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// Teams lists the teams u is in, by name.
func (a *Verbs) Teams(ctx context.Context, u tenant.UserID) (ms []tenant.Membership, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { ms, err = dbpeople.Across(s).MembershipsOf(ctx, u); return err })
	return ms, err
}

// TeamBySlug returns a team, for the console and commands.
func (a *Verbs) TeamBySlug(ctx context.Context, slug string) (t tenant.Tenant, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { t, err = dbpeople.Across(s).TenantBySlug(ctx, slug); return err })
	return t, err
}

// Members returns the members of the actor's team with their number of sessions and tokens.
func (a *Verbs) Members(ctx context.Context, by tenant.Actor) (ms []tenant.TeamMember, err error) {
	if err := by.May(tenant.ReadMembers); err != nil {
		return nil, err
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { ms, err = dbpeople.Across(s).TeamMembers(ctx, by.Tenant); return err })
	if err != nil {
		return nil, err
	}
	return ms, a.k.Read(ctx, by, tenant.ReadMembers, func(s *dbkernel.Scope) error { return a.fillMembers(ctx, s, ms) })
}

// fillMembers sets the members' figures from stored sums.
func (a *Verbs) fillMembers(ctx context.Context, s *dbkernel.Scope, ms []tenant.TeamMember) error {
	counts, err := dbpeople.On(s).PersonCounts(ctx)
	if err != nil {
		return err
	}
	now := a.k.Clock.Now().UTC()
	tokens, err := dbpeople.On(s).PersonTokens(ctx, now.Format("2006-01")+"-01", now.Format(time.DateOnly))
	if err != nil {
		return err
	}
	for i, m := range ms {
		ms[i].Sessions, ms[i].Tokens = counts[m.User], tokens[m.User].Weighted()
	}
	return nil
}

// Limits returns the team's limits with their current use.
func (a *Verbs) Limits(ctx context.Context, by tenant.Actor) (tenant.Limits, error) {
	return appkernel.ReadOne(ctx, a.k, by, tenant.ReadTeam, dbpeople.On, dbpeople.Scope.Limits)
}

// LimitsOf returns a team's limits with their current use, for the console.
func (a *Verbs) LimitsOf(ctx context.Context, t tenant.ID) (l tenant.Limits, err error) {
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error { l, err = dbpeople.On(sc).Limits(ctx); return err })
	return l, err
}

// CreateTenant creates a team with its limits, for the operator's commands.
func (a *Verbs) CreateTenant(ctx context.Context, t tenant.Tenant) (tenant.Tenant, error) {
	if err := t.Check(); err != nil {
		return t, err
	}
	return t, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := dbpeople.Across(s).CreateTenant(ctx, t); err != nil {
			return err
		}
		return a.k.AuditInstance(ctx, s, "create_tenant", string(t.ID), t.Slug)
	})
}

// NewTenant returns a team with the default limits that is not stored yet.
func NewTenant(slug, name string, now time.Time) tenant.Tenant {
	return tenant.Tenant{ID: tenant.ID(id.New()), Slug: strings.TrimSpace(slug), Name: strings.TrimSpace(name), Active: true, CreatedAt: now,
		MaxConcurrentSessions: tenant.DefaultMaxConcurrentSessions, MaxQueuedSessions: tenant.DefaultMaxQueuedSessions}
}
