package console

import (
	"context"
	"strings"

	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// TeamPage has the data of a team's page in the console: figures, names and roles.
type TeamPage struct {
	quota.Team
	Members   []tenant.TeamMember
	Entrances []tenant.Entrance
}

// ConsoleTeam returns one team, which may be deleted.
func (a *Verbs) ConsoleTeam(ctx context.Context, by tenant.Actor, slug string) (p TeamPage, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return p, err
	}
	now := a.k.Clock.Now()
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		if p.Team, err = dbconsole.Across(s).ConsoleTeam(ctx, slug, quota.MonthOf(now)); err != nil {
			return err
		}
		p.Members, err = dbpeople.Across(s).TeamMembers(ctx, p.ID)
		return err
	})
	if err != nil {
		return p, err
	}
	err = a.k.DB.View(ctx, p.ID, func(sc *dbkernel.Scope) error { p.Entrances, err = dbpeople.On(sc).Entrances(ctx, now); return err })
	return p, err
}

// AddTeam creates a team with the default limits and invites its first lead. It returns the token of the link, which is shown once.
// Admins cannot invite themselves.
func (a *Verbs) AddTeam(ctx context.Context, by tenant.Actor, slug, name, email string) (t tenant.Tenant, token string, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return t, "", err
	}
	now := a.k.Clock.Now()
	t = apppeople.NewTenant(slug, name, now)
	v := tenant.Invitation{ID: id.New(), Tenant: t.ID, Email: tenant.CleanEmail(email), Role: tenant.Lead, By: by.User, ByName: by.Name, CreatedAt: now, ExpiresAt: now.Add(tenant.InvitationLifetime)}
	if err := appkernel.JoinFields(t.Check(), user.CheckEmail(v.Email)); err != nil {
		return t, "", err
	}
	token, hash := apppeople.NewLinkToken()
	return t, token, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := checkNotSelf(ctx, s, by, v); err != nil {
			return err
		}
		if err := dbpeople.Across(s).CreateTenant(ctx, t); err != nil {
			return err
		}
		if err := dbpeople.Across(s).AddFirstInvitation(ctx, v, hash); err != nil {
			return err
		}
		if err := s.WriteAudit(ctx, t.ID, a.k.Entry(by, "invite", v.ID, v.Email+" as "+string(v.Role))); err != nil {
			return err
		}
		return s.WriteInstanceAudit(ctx, a.k.Entry(by, "create_tenant", string(t.ID), t.Slug))
	})
}

// checkNotSelf refuses an invitation for the inviter.
func checkNotSelf(ctx context.Context, s *dbkernel.System, by tenant.Actor, v tenant.Invitation) error {
	u, err := dbpeople.Across(s).UserByEmail(ctx, v.Email)
	if err == nil && u.ID == by.User {
		return appkernel.AtField("email", apppeople.ErrSelfInvite)
	}
	return appkernel.IgnoreMissing(err)
}

// RenameTeam changes a team's name. Its slug, which is in URLs, does not change.
func (a *Verbs) RenameTeam(ctx context.Context, by tenant.Actor, t tenant.ID, name string) error {
	name = strings.TrimSpace(name)
	return a.onTeam(ctx, by, t, "rename_tenant", func(s *dbkernel.System, was tenant.Tenant) (string, error) {
		next := was
		next.Name = name
		if err := next.Check(); err != nil {
			return "", err
		}
		return was.Name + " → " + name, dbpeople.Across(s).RenameTenant(ctx, t, name)
	})
}

// DeactivateTeam makes a team read-only: it pauses running sessions, and starts, changes and model calls are refused.
func (a *Verbs) DeactivateTeam(ctx context.Context, by tenant.Actor, t tenant.ID) error {
	err := a.onTeam(ctx, by, t, "deactivate_tenant", func(s *dbkernel.System, _ tenant.Tenant) (string, error) {
		return "", dbpeople.Across(s).SetTenantActive(ctx, t, false)
	})
	if err != nil {
		return err
	}
	return a.work.PauseInactive(ctx)
}

// ActivateTeam activates a team again. Its members resume the paused sessions.
func (a *Verbs) ActivateTeam(ctx context.Context, by tenant.Actor, t tenant.ID) error {
	return a.onTeam(ctx, by, t, "reactivate_tenant", func(s *dbkernel.System, _ tenant.Tenant) (string, error) {
		return "", dbpeople.Across(s).SetTenantActive(ctx, t, true)
	})
}

// DeleteTeam removes all access to a team, including that of tokens and agents. typed is the slug, which the admin types to confirm.
// RestoreTeam can restore it for 30 days; then everything but its audit log and its usage figures is deleted.
func (a *Verbs) DeleteTeam(ctx context.Context, by tenant.Actor, t tenant.ID, typed string) error {
	err := a.onTeam(ctx, by, t, "delete_tenant", func(s *dbkernel.System, was tenant.Tenant) (string, error) {
		if strings.TrimSpace(typed) != was.Slug {
			return "", fault.Field("slug", "To delete the team, type its slug (%s).", was.Slug)
		}
		now := a.k.Clock.Now()
		if err := dbpeople.Across(s).EndEntrances(ctx, "", t, now); err != nil {
			return "", err
		}
		return was.Slug, dbpeople.Across(s).DeleteTenant(ctx, t, now)
	})
	if err != nil {
		return err
	}
	return a.work.PauseInactive(ctx)
}

// RestoreTeam restores a deleted team with all its data. It remains deactivated until ReactivateTeam.
func (a *Verbs) RestoreTeam(ctx context.Context, by tenant.Actor, t tenant.ID) error {
	return a.onTeam(ctx, by, t, "restore_tenant", func(s *dbkernel.System, _ tenant.Tenant) (string, error) {
		return "", dbpeople.Across(s).RestoreTenant(ctx, t)
	})
}

// PurgeTeam deletes the remaining rows of a deleted team. Retention calls it after it has deleted the team's sessions and files.
func (a *Verbs) PurgeTeam(ctx context.Context, t tenant.ID) error {
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		was, err := dbpeople.Across(s).Tenant(ctx, t)
		if err != nil {
			return err
		}
		if err := dbpeople.Across(s).PurgeTeam(ctx, t, a.k.Clock.Now()); err != nil {
			return err
		}
		return a.k.AuditInstance(ctx, s, "purge_tenant", string(t), was.Slug)
	})
}

// onTeam runs an admin's action on a team, writes it to the audit logs of the team and the instance, and rings the team's bells.
func (a *Verbs) onTeam(ctx context.Context, by tenant.Actor, t tenant.ID, verb string, act func(*dbkernel.System, tenant.Tenant) (detail string, err error)) error {
	if err := appkernel.MayOperate(by); err != nil {
		return err
	}
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		was, err := dbpeople.Across(s).Tenant(ctx, t)
		if err != nil {
			return err
		}
		detail, err := act(s, was)
		if err != nil {
			return err
		}
		s.AfterCommit(func() {
			a.k.Hub.RingBell(hub.Team(t))
			a.k.Hub.RingBell(appkernel.Queue)
			a.k.Hub.RingBell(appkernel.Teams)
		})
		if err := s.WriteAudit(ctx, t, a.k.Entry(by, verb, string(t), detail)); err != nil {
			return err
		}
		return s.WriteInstanceAudit(ctx, a.k.Entry(by, verb, string(t), detail))
	})
}
