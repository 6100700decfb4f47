package people

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// Invite invites the owner of an e-mail address to the team and returns the token of the link, which is shown once and never stored.
// An earlier invitation for the address stops working. Nobody can invite themselves.
func (a *Verbs) Invite(ctx context.Context, by tenant.Actor, email string, role tenant.Role) (token string, v tenant.Invitation, err error) {
	now := a.k.Clock.Now()
	if err := by.May(tenant.EditMembers); err != nil {
		return "", v, err
	}
	v = tenant.Invitation{ID: id.New(), Tenant: by.Tenant, Email: tenant.CleanEmail(email), Role: role, By: by.User, ByName: by.Name,
		CreatedAt: now, ExpiresAt: now.Add(tenant.InvitationLifetime)}
	if err := a.checkInvitation(ctx, by, v); err != nil {
		return "", v, err
	}
	token, hash := NewLinkToken()
	return token, v, a.k.Write(ctx, by, tenant.EditMembers, func(s *dbkernel.Scope) error {
		if err := dbpeople.On(s).AddInvitation(ctx, v, hash); err != nil {
			return err
		}
		if err := a.PostTeam(ctx, s, letter.Letter{Kind: letter.Invitation, To: v.Email, Path: "/invitations/", Token: token,
			Data: letter.Data{By: by.Name, Role: string(v.Role), Until: formatTime(v.ExpiresAt)}}); err != nil {
			return err
		}
		return a.k.Audit(ctx, s, by, "invite", v.ID, "as "+string(v.Role))
	})
}

// checkInvitation refuses an invalid address or role, a member of the team, and the inviter: an admin who has entered a team must not
// join it that way.
func (a *Verbs) checkInvitation(ctx context.Context, by tenant.Actor, v tenant.Invitation) error {
	_, wrongRole := tenant.ParseRole(string(v.Role))
	if err := appkernel.JoinFields(user.CheckEmail(v.Email), wrongRole); err != nil {
		return err
	}
	return a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		ms, err := dbpeople.Across(s).TeamMembers(ctx, by.Tenant)
		if err != nil {
			return err
		}
		for _, m := range ms {
			if v.For(m.Email) {
				return appkernel.AtField("email", fault.New(fault.Conflict, "%s is already a member of this team.", m.Email))
			}
		}
		u, err := dbpeople.Across(s).UserByEmail(ctx, v.Email)
		if err == nil && u.ID == by.User {
			return appkernel.AtField("email", ErrSelfInvite)
		}
		return appkernel.IgnoreMissing(err)
	})
}

// ErrSelfInvite is the fault of a person who would give themselves a role in a team.
var ErrSelfInvite = fault.New(fault.Forbidden, "You cannot add yourself to a team. A team lead can invite you.")

// Invitations returns the team's invitations that were neither used nor revoked, newest first, including expired ones.
func (a *Verbs) Invitations(ctx context.Context, by tenant.Actor) ([]tenant.Invitation, error) {
	return appkernel.ReadOne(ctx, a.k, by, tenant.ReadInvitations, dbpeople.On, dbpeople.Scope.Invitations)
}

// RevokeInvitation revokes an open invitation. It takes effect immediately.
func (a *Verbs) RevokeInvitation(ctx context.Context, by tenant.Actor, invitationID string) error {
	if err := appkernel.CheckID("invitation", invitationID); err != nil {
		return err
	}
	return a.k.Write(ctx, by, tenant.EditMembers, func(s *dbkernel.Scope) error {
		email, err := dbpeople.On(s).RevokeInvitation(ctx, invitationID, a.k.Clock.Now())
		if err != nil {
			return err
		}
		return a.k.Audit(ctx, s, by, "revoke_invitation", invitationID, email)
	})
}
