package people

import (
	"context"
	"slices"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// People reads a page of all people of the instance.
func (a *Verbs) People(ctx context.Context, by tenant.Actor, f user.Filter) (us []user.Line, more bool, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return nil, false, err
	}
	f.Query = strings.TrimSpace(text.Clean(f.Query))
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { us, more, err = dbpeople.Across(s).Users(ctx, f); return err })
	return us, more, err
}

// Person reads one person with the teams the person is in.
func (a *Verbs) Person(ctx context.Context, by tenant.Actor, u tenant.UserID) (who user.User, teams []tenant.Membership, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return who, nil, err
	}
	if err := appkernel.CheckID("person", string(u)); err != nil {
		return who, nil, err
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		if who, err = dbpeople.Across(s).User(ctx, u); err != nil {
			return err
		}
		teams, err = dbpeople.Across(s).MembershipsOf(ctx, u)
		return err
	})
	who.PasswordHash = ""
	return who, teams, err
}

// InvitePerson makes a person without a password, in no team, and answers the text of a link that sets one, once, within a day.
func (a *Verbs) InvitePerson(ctx context.Context, by tenant.Actor, email, name string, admin bool) (u user.User, token string, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return u, "", err
	}
	now := a.k.Clock.Now()
	u = user.User{ID: tenant.UserID(id.New()), Email: strings.TrimSpace(email), Name: strings.TrimSpace(name), Admin: admin, Active: true, Theme: "system", CreatedAt: now}
	if err := u.Check(); err != nil {
		return u, "", err
	}
	token, hash := MintLink()
	return u, token, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := dbpeople.Across(s).CreateUser(ctx, u); err != nil {
			return err
		}
		if err := dbpeople.Across(s).PutResetLink(ctx, u.ID, hash, now.Add(ResetLifetime)); err != nil {
			return err
		}
		return s.WriteInstanceAudit(ctx, a.k.Entry(by, "invite_person", string(u.ID), asAdmin(u)))
	})
}

// SetAdmin makes a person an admin of the instance, or no admin any more: then what the person has entered ends. The last
// active admin stays one.
func (a *Verbs) SetAdmin(ctx context.Context, by tenant.Actor, u tenant.UserID, admin bool) error {
	verb := map[bool]string{true: "make_admin", false: "unmake_admin"}[admin]
	return a.onPerson(ctx, by, u, verb, func(s *dbkernel.System) error {
		if admin {
			return dbpeople.Across(s).SetAdmin(ctx, u, true)
		}
		if err := keepAdmin(ctx, s, u); err != nil {
			return err
		}
		if err := dbpeople.Across(s).EndEntrances(ctx, u, "", a.k.Clock.Now()); err != nil {
			return err
		}
		return dbpeople.Across(s).SetAdmin(ctx, u, false)
	})
}

// keepAdmin refuses to take the instance its last active admin. The admins stay locked, so that of two who go at once one stays.
func keepAdmin(ctx context.Context, s *dbkernel.System, u tenant.UserID) error {
	admins, err := dbpeople.Across(s).LockAdmins(ctx)
	if err == nil && len(admins) == 1 && slices.Contains(admins, u) {
		return fault.New(fault.Conflict, "This is the last admin of the instance. Make somebody else an admin first.")
	}
	return err
}

// SetRoleIn is an admin's change of a person's role in a team from outside of it. Nobody changes one's own.
func (a *Verbs) SetRoleIn(ctx context.Context, by tenant.Actor, slug string, u tenant.UserID, role tenant.Role) error {
	t, err := a.teamFor(ctx, by, slug, u)
	if err != nil {
		return err
	}
	if _, err := tenant.ParseRole(string(role)); err != nil {
		return err
	}
	return a.withMembers(ctx, t.ID, func(s *dbkernel.Scope, inactive map[tenant.UserID]bool) error {
		return a.setRole(ctx, s, by, u, role, inactive)
	})
}

// RemoveFrom is an admin's removal of a person from a team from outside of it, as RemoveMember does.
func (a *Verbs) RemoveFrom(ctx context.Context, by tenant.Actor, slug string, u tenant.UserID) error {
	t, err := a.teamFor(ctx, by, slug, u)
	if err != nil {
		return err
	}
	return a.takeOut(ctx, by, t.ID, u, "remove_member")
}

func (a *Verbs) teamFor(ctx context.Context, by tenant.Actor, slug string, u tenant.UserID) (t tenant.Tenant, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return t, err
	}
	if err := appkernel.CheckID("person", string(u)); err != nil {
		return t, err
	}
	if u == by.User {
		return t, fault.New(fault.Forbidden, "Nobody changes one's own place in a team from here. Leave a team on its page.")
	}
	return a.TeamBySlug(ctx, slug)
}
