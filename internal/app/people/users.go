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

// People returns a page of the instance's users.
func (a *Verbs) People(ctx context.Context, by tenant.Actor, f user.Filter) (us []user.Line, more bool, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return nil, false, err
	}
	f.Query = strings.TrimSpace(text.Clean(f.Query))
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { us, more, err = dbpeople.Across(s).Users(ctx, f); return err })
	return us, more, err
}

// Person returns one user with the user's teams.
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

// InvitePerson creates a user without a password and without teams. It returns the token of a link that sets a password, once, within
// 24 hours.
func (a *Verbs) InvitePerson(ctx context.Context, by tenant.Actor, email, name string, admin bool) (u user.User, token string, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return u, "", err
	}
	now := a.k.Clock.Now()
	u = user.User{ID: tenant.UserID(id.New()), Email: tenant.CleanEmail(email), Name: strings.TrimSpace(name), Admin: admin, Active: true, Theme: "system", CreatedAt: now}
	if err := u.Check(); err != nil {
		return u, "", err
	}
	token, hash := NewLinkToken()
	return u, token, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := dbpeople.Across(s).CreateUser(ctx, u); err != nil {
			return err
		}
		if err := dbpeople.Across(s).PutResetLink(ctx, u.ID, hash, now.Add(ResetLifetime)); err != nil {
			return err
		}
		return s.WriteInstanceAudit(ctx, a.k.Entry(by, "invite_person", string(u.ID), adminDetail(u)))
	})
}

// SetAdmin makes a user an admin or removes that right, which also ends the user's entries into teams. The last active admin remains
// one.
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

// keepAdmin refuses to remove the last active admin. It locks the admins, so that two cannot be removed at the same time.
func keepAdmin(ctx context.Context, s *dbkernel.System, u tenant.UserID) error {
	admins, err := dbpeople.Across(s).LockAdmins(ctx)
	if err == nil && len(admins) == 1 && slices.Contains(admins, u) {
		return fault.New(fault.Conflict, "This is the last admin of the instance. Make someone else an admin first.")
	}
	return err
}

// SetRoleIn changes a user's role in a team, for an admin who is not in the team. Admins cannot change their own role.
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

// RemoveFrom removes a user from a team, like RemoveMember, for an admin who is not in the team.
func (a *Verbs) RemoveFrom(ctx context.Context, by tenant.Actor, slug string, u tenant.UserID) error {
	t, err := a.teamFor(ctx, by, slug, u)
	if err != nil {
		return err
	}
	return a.endMembership(ctx, by, t.ID, u, "remove_member")
}

func (a *Verbs) teamFor(ctx context.Context, by tenant.Actor, slug string, u tenant.UserID) (t tenant.Tenant, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return t, err
	}
	if err := appkernel.CheckID("person", string(u)); err != nil {
		return t, err
	}
	if u == by.User {
		return t, fault.New(fault.Forbidden, "You cannot change your own role here. To leave a team, use the team's page.")
	}
	return a.TeamBySlug(ctx, slug)
}
