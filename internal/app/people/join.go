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

// Invited is an invitation as its link shows it.
type Invited struct {
	Invitation tenant.Invitation
	Team       tenant.Tenant
	// Known is true if the address has an account, whose owner signs in to accept.
	Known bool
}

// OpenInvitation returns the invitation of a link. Used, revoked, expired and unknown links, and those of a deactivated team, return
// the same fault.
func (a *Verbs) OpenInvitation(ctx context.Context, token string) (in Invited, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { in, err = a.openInvitation(ctx, s, token); return err })
	return in, err
}

func (a *Verbs) openInvitation(ctx context.Context, s *dbkernel.System, token string) (in Invited, err error) {
	in.Invitation, in.Team, err = dbpeople.Across(s).InvitationByHash(ctx, hashToken(token), a.k.Clock.Now())
	if fault.Is(err, fault.NotFound) || err == nil && !in.Team.Active {
		return Invited{}, errInvitationEnded()
	}
	if err != nil {
		return in, err
	}
	_, err = dbpeople.Across(s).UserByEmail(ctx, in.Invitation.Email)
	in.Known = err == nil
	return in, appkernel.IgnoreMissing(err)
}

func errInvitationEnded() error {
	return fault.New(fault.Forbidden, "This invitation has been used or revoked, or is older than 7 days. A team lead can invite you again.")
}

// JoinAsNew creates an account for an invitation, with a name and a password, and adds the person to the team. The link works once. The
// owner of an existing account uses Join.
func (a *Verbs) JoinAsNew(ctx context.Context, token, name, password string) (u user.User, t tenant.Tenant, err error) {
	if err := a.CheckPasswordsAllowed(); err != nil {
		return u, t, err
	}
	in, err := a.OpenInvitation(ctx, token)
	if err != nil {
		return u, t, err
	}
	if in.Known {
		return u, t, fault.New(fault.Conflict, "%s already has an account. Sign in to accept the invitation.", in.Invitation.Email)
	}
	u = user.User{ID: tenant.UserID(id.New()), Email: in.Invitation.Email, Name: strings.TrimSpace(name), Active: true, Theme: "system", CreatedAt: a.k.Clock.Now()}
	if err := appkernel.JoinFields(u.Check(), user.CheckPassword(password, u.Email)); err != nil {
		return u, t, err
	}
	if u.PasswordHash, err = user.HashPassword(password); err != nil {
		return u, t, err
	}
	return u, in.Team, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		// The account is created before the link is used: of two at once, the second fails on the address and does not use the link.
		if err := dbpeople.Across(s).CreateUser(ctx, u); err != nil {
			return err
		}
		if err := a.k.AuditPerson(ctx, s, u, "join_as_new", string(u.ID), "by an invitation"); err != nil {
			return err
		}
		return a.useInvitation(ctx, s, token, u)
	})
}

// Join adds a signed-in person to the team of an invitation for the person's own address.
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
			return ErrSelfInvite
		}
		return a.useInvitation(ctx, s, token, u)
	})
	return t, err
}

// useInvitation marks an invitation as used, adds the membership and writes it to the team's audit log.
func (a *Verbs) useInvitation(ctx context.Context, s *dbkernel.System, token string, u user.User) error {
	now := a.k.Clock.Now()
	in, t, err := dbpeople.Across(s).InvitationByHash(ctx, hashToken(token), now)
	if err != nil {
		return orInvitationEnded(err)
	}
	if ok, err := dbpeople.Across(s).UseInvitation(ctx, hashToken(token), u.ID, now); err != nil || !ok {
		return orInvitationEnded(err)
	}
	if ok, err := dbpeople.Across(s).AddMember(ctx, t.ID, u.ID, in.Role, now); err != nil || !ok {
		return orAlreadyMember(err)
	}
	return s.WriteAudit(ctx, t.ID, a.k.Entry(tenant.Actor{User: u.ID, Name: u.Name, Via: "invitation:" + in.ID}, "join_team", string(u.ID), string(in.Role)))
}

// orInvitationEnded returns err, or the fault of a used link if err is nil or NotFound.
func orInvitationEnded(err error) error {
	if err == nil || fault.Is(err, fault.NotFound) {
		return errInvitationEnded()
	}
	return err
}

func orAlreadyMember(err error) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "You are already a member of this team.")
}
