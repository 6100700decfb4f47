package people

import (
	"context"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// Invited is what who opens an invitation is told.
type Invited struct {
	Invitation tenant.Invitation
	Team       tenant.Tenant
	// Known says that the address belongs to a person already, who accepts signed in.
	Known bool
}

// OpenInvitation reads the invitation behind a link. A link that was used, revoked, has expired or never was answers with the
// same words, and so does one of a team that is deactivated.
func (a *Verbs) OpenInvitation(ctx context.Context, token string) (in Invited, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { in, err = a.openInvitation(ctx, s, token); return err })
	return in, err
}

func (a *Verbs) openInvitation(ctx context.Context, s *dbkernel.System, token string) (in Invited, err error) {
	in.Invitation, in.Team, err = dbpeople.Across(s).InvitationByHash(ctx, hashed(token), a.k.Clock.Now())
	if fault.Is(err, fault.NotFound) || err == nil && !in.Team.Active {
		return Invited{}, invitationOver()
	}
	if err != nil {
		return in, err
	}
	_, err = dbpeople.Across(s).UserByEmail(ctx, in.Invitation.Email)
	in.Known = err == nil
	return in, appkernel.IgnoreMissing(err)
}

func invitationOver() error {
	return fault.New(fault.Forbidden, "This invitation was used or revoked, or is older than 7 days. A lead of the team can make a new one.")
}

// JoinAsNew makes the person an invitation is for, with a name and a password, and puts the person into the team.
// The link works once; an address that belongs to somebody is accepted signed in, with Join.
func (a *Verbs) JoinAsNew(ctx context.Context, token, name, password string) (u user.User, t tenant.Tenant, err error) {
	if err := a.PasswordsOpen(); err != nil {
		return u, t, err
	}
	in, err := a.OpenInvitation(ctx, token)
	if err != nil {
		return u, t, err
	}
	if in.Known {
		return u, t, fault.New(fault.Conflict, "%s has an account here already. Sign in to accept the invitation.", in.Invitation.Email)
	}
	u = user.User{ID: tenant.UserID(id.New()), Email: in.Invitation.Email, Name: strings.TrimSpace(name), Active: true, Theme: "system", CreatedAt: a.k.Clock.Now()}
	if err := appkernel.JoinFields(u.Check(), user.CheckPassword(password, u.Email)); err != nil {
		return u, t, err
	}
	if u.PasswordHash, err = user.HashPassword(password); err != nil {
		return u, t, err
	}
	return u, in.Team, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		// Created before the link is used: whoever is second fails on the address and leaves the link alone.
		if err := dbpeople.Across(s).CreateUser(ctx, u); err != nil {
			return err
		}
		if err := a.k.AuditPerson(ctx, s, u, "join_as_new", string(u.ID), "by an invitation"); err != nil {
			return err
		}
		return a.joinBy(ctx, s, token, u)
	})
}

// Join puts a signed-in person into the team of an invitation that is for the person's own address.
func (a *Verbs) Join(ctx context.Context, u user.User, token string) (t tenant.Tenant, err error) {
	err = a.k.DB.System(ctx, func(s *dbkernel.System) error {
		in, err := a.openInvitation(ctx, s, token)
		if err != nil {
			return err
		}
		t = in.Team
		switch {
		case !in.Invitation.For(u.Email):
			return fault.New(fault.Forbidden, "This invitation is for %s, and you are signed in as %s.", in.Invitation.Email, u.Email)
		case in.Invitation.By == u.ID:
			return SelfInvited
		}
		return a.joinBy(ctx, s, token, u)
	})
	return t, err
}

// joinBy uses an invitation up, adds the membership and writes it into the team's log.
func (a *Verbs) joinBy(ctx context.Context, s *dbkernel.System, token string, u user.User) error {
	now := a.k.Clock.Now()
	in, t, err := dbpeople.Across(s).InvitationByHash(ctx, hashed(token), now)
	if err != nil {
		return overIfMissing(err)
	}
	if ok, err := dbpeople.Across(s).UseInvitation(ctx, hashed(token), u.ID, now); err != nil || !ok {
		return overIfMissing(err)
	}
	if ok, err := dbpeople.Across(s).Join(ctx, t.ID, u.ID, in.Role, now); err != nil || !ok {
		return orInAlready(err)
	}
	return s.WriteAudit(ctx, t.ID, a.k.Entry(tenant.Actor{User: u.ID, Name: u.Name, Via: "invitation:" + in.ID}, "join_team", string(u.ID), string(in.Role)))
}

// overIfMissing words a link that somebody else used first.
func overIfMissing(err error) error {
	if err == nil || fault.Is(err, fault.NotFound) {
		return invitationOver()
	}
	return err
}

func orInAlready(err error) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "You are in this team already.")
}
