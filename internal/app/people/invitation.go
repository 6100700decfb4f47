package people

import (
	"context"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// Invite lets the person of an e-mail address into the team and answers the text of the link, which is shown once and never
// stored. An earlier invitation for the address stops working. Nobody invites oneself.
func (a *Verbs) Invite(ctx context.Context, by tenant.Actor, email string, role tenant.Role) (token string, v tenant.Invitation, err error) {
	now := a.k.Clock.Now()
	if err := by.May(tenant.EditMembers); err != nil {
		return "", v, err
	}
	v = tenant.Invitation{ID: id.New(), Tenant: by.Tenant, Email: strings.TrimSpace(email), Role: role, By: by.User, ByName: by.Name,
		CreatedAt: now, ExpiresAt: now.Add(tenant.InvitationLifetime)}
	if err := a.checkInvitation(ctx, by, v); err != nil {
		return "", v, err
	}
	token, hash := MintLink()
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

// checkInvitation refuses what is no address or role, who is in the team already, and the inviter: an admin who has entered
// a team must not stay in it that way.
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
				return appkernel.AtField("email", fault.New(fault.Conflict, "%s is in this team already.", m.Email))
			}
		}
		u, err := dbpeople.Across(s).UserByEmail(ctx, v.Email)
		if err == nil && u.ID == by.User {
			return appkernel.AtField("email", SelfInvited)
		}
		return appkernel.IgnoreMissing(err)
	})
}

var SelfInvited = fault.New(fault.Forbidden, "Nobody lets oneself into a team. A lead of the team can invite you.")

// Invitations lists the team's invitations that were neither used nor revoked, newest first; expired ones too.
func (a *Verbs) Invitations(ctx context.Context, by tenant.Actor) (vs []tenant.Invitation, err error) {
	err = a.k.Read(ctx, by, tenant.ReadInvitations, func(s *dbkernel.Scope) error { vs, err = dbpeople.On(s).Invitations(ctx); return err })
	return vs, err
}

// RevokeInvitation ends an open invitation at once.
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
