package people

import (
	"context"
	"strings"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

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

// CreateUser makes a person with a password; without one where the identity provider is enforced.
func (a *Verbs) CreateUser(ctx context.Context, email, name, password string, admin bool) (user.User, error) {
	u := user.User{ID: tenant.UserID(id.New()), Email: strings.TrimSpace(email), Name: strings.TrimSpace(name), Admin: admin, Active: true, Theme: "system", CreatedAt: a.k.Clock.Now()}
	if err := a.givePassword(&u, password); err != nil {
		return u, err
	}
	return u, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := dbpeople.Across(s).CreateUser(ctx, u); err != nil {
			return err
		}
		return a.k.AuditInstance(ctx, s, "create_user", string(u.ID), asAdmin(u))
	})
}

// givePassword checks a new person and the password; while passwords are closed there is none.
func (a *Verbs) givePassword(u *user.User, password string) (err error) {
	if closed := a.PasswordsOpen(); closed != nil {
		if password != "" {
			return closed
		}
		return u.Check()
	}
	if err := Joined(u.Check(), user.CheckPassword(password, u.Email)); err != nil {
		return err
	}
	u.PasswordHash, err = user.HashPassword(password)
	return err
}

// asAdmin says of a new person that they operate the instance; empty where they do not.
func asAdmin(u user.User) string {
	if u.Admin {
		return "an admin of the instance"
	}
	return ""
}

// ActorByEmail is the actor a command acts as: a person in a team, by e-mail and slug.
func (a *Verbs) ActorByEmail(ctx context.Context, slug, email string) (by tenant.Actor, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		u, err := dbpeople.Across(s).UserByEmail(ctx, email)
		if err != nil {
			return err
		}
		if !u.Active {
			return fault.New(fault.Forbidden, "%s is deactivated and has no rights.", u.Email)
		}
		m, err := dbpeople.Across(s).Membership(ctx, u.ID, slug)
		if err != nil {
			return err
		}
		by = appkernel.From(ctx, actor(u, m, "command"))
		return nil
	})
	return by, err
}
