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

// TeamPage is a team as the console shows it: figures, names and roles.
type TeamPage struct {
	quota.Team
	Members   []tenant.TeamMember
	Entrances []tenant.Entrance
}

// ConsoleTeam reads one team for who runs the instance, deleted or not.
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

// AddTeam makes a team with the default quotas and invites its first lead; it answers the text of the link, which is shown
// once. An admin lets nobody in but others.
func (a *Verbs) AddTeam(ctx context.Context, by tenant.Actor, slug, name, email string) (t tenant.Tenant, token string, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return t, "", err
	}
	now := a.k.Clock.Now()
	t = apppeople.NewTenant(slug, name, now)
	v := tenant.Invitation{ID: id.New(), Tenant: t.ID, Email: strings.TrimSpace(email), Role: tenant.Lead, By: by.User, ByName: by.Name, CreatedAt: now, ExpiresAt: now.Add(tenant.InvitationLifetime)}
	if err := appkernel.JoinFields(t.Check(), user.CheckEmail(v.Email)); err != nil {
		return t, "", err
	}
	token, hash := apppeople.NewLinkToken()
	return t, token, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := notOneself(ctx, s, by, v); err != nil {
			return err
		}
		if err := dbpeople.Across(s).CreateTenant(ctx, t); err != nil {
			return err
		}
		if err := dbpeople.Across(s).InviteFirst(ctx, v, hash); err != nil {
			return err
		}
		if err := s.WriteAudit(ctx, t.ID, a.k.Entry(by, "invite", v.ID, v.Email+" as "+string(v.Role))); err != nil {
			return err
		}
		return s.WriteInstanceAudit(ctx, a.k.Entry(by, "create_tenant", string(t.ID), t.Slug))
	})
}

// notOneself refuses an invitation of who invites.
func notOneself(ctx context.Context, s *dbkernel.System, by tenant.Actor, v tenant.Invitation) error {
	u, err := dbpeople.Across(s).UserByEmail(ctx, v.Email)
	if err == nil && u.ID == by.User {
		return appkernel.AtField("email", apppeople.ErrSelfInvite)
	}
	return appkernel.IgnoreMissing(err)
}

// RenameTeam gives a team another name; its slug, which addresses carry, stays.
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

// DeactivateTeam lets a team's people read and nothing else: every start and write is refused, what runs is paused, its agents'
// model calls are refused.
func (a *Verbs) DeactivateTeam(ctx context.Context, by tenant.Actor, t tenant.ID) error {
	err := a.onTeam(ctx, by, t, "deactivate_tenant", func(s *dbkernel.System, _ tenant.Tenant) (string, error) {
		return "", dbpeople.Across(s).SetTenantActive(ctx, t, false)
	})
	if err != nil {
		return err
	}
	return a.work.PauseInactive(ctx)
}

// ReactivateTeam lets a team work again. What was paused is resumed by its people.
func (a *Verbs) ReactivateTeam(ctx context.Context, by tenant.Actor, t tenant.ID) error {
	return a.onTeam(ctx, by, t, "reactivate_tenant", func(s *dbkernel.System, _ tenant.Tenant) (string, error) {
		return "", dbpeople.Across(s).SetTenantActive(ctx, t, true)
	})
}

// DeleteTeam makes a team unreachable for everybody, its tokens and agents too. Typed is the slug, typed by the admin. For 30
// days RestoreTeam brings it back; then its rows and files go for good, but for its audit log and its sums.
func (a *Verbs) DeleteTeam(ctx context.Context, by tenant.Actor, t tenant.ID, typed string) error {
	err := a.onTeam(ctx, by, t, "delete_tenant", func(s *dbkernel.System, was tenant.Tenant) (string, error) {
		if strings.TrimSpace(typed) != was.Slug {
			return "", fault.Field("slug", "Type the team's slug, %s, to delete it.", was.Slug)
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

// RestoreTeam brings a deleted team back with all that it had; it is deactivated until an admin reactivates it.
func (a *Verbs) RestoreTeam(ctx context.Context, by tenant.Actor, t tenant.ID) error {
	return a.onTeam(ctx, by, t, "restore_tenant", func(s *dbkernel.System, _ tenant.Tenant) (string, error) {
		return "", dbpeople.Across(s).RestoreTenant(ctx, t)
	})
}

// PurgeTeam takes a deleted team's rows for good, once its sessions and its files are gone; the loop of retention asks for it.
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

// onTeam does an admin's act on a team, writes it into the team's log and the instance's, and rings everybody's bell there.
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
