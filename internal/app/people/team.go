package people

import (
	"context"
	"strings"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// Teams lists the teams u is in, by name.
func (a *Verbs) Teams(ctx context.Context, u tenant.UserID) (ms []tenant.Membership, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { ms, err = dbpeople.Across(s).MembershipsOf(ctx, u); return err })
	return ms, err
}

// TeamBySlug reads a team for who runs the instance.
func (a *Verbs) TeamBySlug(ctx context.Context, slug string) (t tenant.Tenant, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { t, err = dbpeople.Across(s).TenantBySlug(ctx, slug); return err })
	return t, err
}

// Members lists the people of the actor's team with what each made and used.
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

// fillMembers adds the sums of the people, which are kept and not counted.
func (a *Verbs) fillMembers(ctx context.Context, s *dbkernel.Scope, ms []tenant.TeamMember) error {
	made, err := dbwork.On(s).PersonCounts(ctx)
	if err != nil {
		return err
	}
	now := a.k.Clock.Now().UTC()
	used, err := dbwork.On(s).PersonTokens(ctx, now.Format("2006-01")+"-01", now.Format(time.DateOnly))
	if err != nil {
		return err
	}
	for i, m := range ms {
		ms[i].Sessions, ms[i].Tokens = made[m.User], used[m.User].Weighted()
	}
	return nil
}

// Limits are the team's quotas and what is used of them now.
func (a *Verbs) Limits(ctx context.Context, by tenant.Actor) (l tenant.Limits, err error) {
	err = a.k.Read(ctx, by, tenant.ReadTeam, func(s *dbkernel.Scope) error { l, err = dbwork.On(s).Limits(ctx); return err })
	return l, err
}

// LimitsOf are a team's quotas and what is used of them for who runs the instance.
func (a *Verbs) LimitsOf(ctx context.Context, t tenant.ID) (l tenant.Limits, err error) {
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error { l, err = dbwork.On(sc).Limits(ctx); return err })
	return l, err
}

// The operator's commands: they act on the data directory, not in a team, and need no actor.

// CreateTenant makes a team with its quotas.
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

// NewTenant is a tenant with the default quotas.
func NewTenant(slug, name string, now time.Time) tenant.Tenant {
	return tenant.Tenant{ID: tenant.ID(id.New()), Slug: strings.TrimSpace(slug), Name: strings.TrimSpace(name), Active: true, CreatedAt: now,
		MaxConcurrentSessions: tenant.DefaultMaxConcurrentSessions, MaxQueuedSessions: tenant.DefaultMaxQueuedSessions}
}
