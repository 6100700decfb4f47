package people

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Member is a person of the team.
type Member struct {
	ID       string      `json:"id" format:"uuid"`
	Name     string      `json:"name"`
	Email    string      `json:"email" format:"email"`
	Role     string      `json:"role" enum:"lead,member,viewer"`
	IsActive bool        `json:"is_active" doc:"Who is not active has no rights at all."`
	JoinedAt apikit.Time `json:"joined_at"`
}

// MemberRole is what can be changed about a member.
type MemberRole struct {
	Role string `json:"role" enum:"lead,member,viewer"`
}

// Invitation is a link that was neither used nor revoked.
type Invitation struct {
	ID        string      `json:"id" format:"uuid"`
	Email     string      `json:"email" format:"email" doc:"The link works for the person of this address only."`
	Role      string      `json:"role" enum:"lead,member,viewer"`
	InvitedBy string      `json:"invited_by" doc:"The name of who invited."`
	CreatedAt apikit.Time `json:"created_at"`
	ExpiresAt apikit.Time `json:"expires_at" doc:"The link stops working then."`
}

// NewInvitation is what makes an invitation.
type NewInvitation struct {
	Email string `json:"email" doc:"An earlier invitation for the same address stops working." example:"ann@example.org"`
	Role  string `json:"role" enum:"lead,member,viewer"`
}

// MadeInvitation is an invitation with its link.
type MadeInvitation struct {
	Invitation
	Token string `json:"token" doc:"The end of the link: /invitations/ and this, on the address people reach the server by. It is shown this once."`
}

func (a *Operations) MemberRoutes() {
	tags := []string{"Members"}
	apikit.Add(a.kit, tenant.ReadMembers, huma.Operation{OperationID: "list-members", Method: http.MethodGet, Path: "/members", Tags: tags,
		Summary: "List members", Description: "The people of the team by name, with their roles."}, a.listMembers)
	apikit.Add(a.kit, tenant.EditMembers, huma.Operation{OperationID: "set-member-role", Method: http.MethodPost, Path: "/members/{id}", Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Change a role", Description: "Needs a lead. It counts at once and ends the person's open streams. A 409 says that this is the last lead."}, a.setMemberRole)
	apikit.Add(a.kit, tenant.EditMembers, huma.Operation{OperationID: "remove-member", Method: http.MethodDelete, Path: "/members/{id}", Tags: tags, DefaultStatus: http.StatusNoContent, Errors: []int{http.StatusConflict},
		Summary: "Remove a member", Description: "Needs a lead. The person's streams end, tokens of this team stop, sessions stay. A 409 says that this is the last lead."}, a.removeMember)
	apikit.Add(a.kit, tenant.ReadInvitations, huma.Operation{OperationID: "list-invitations", Method: http.MethodGet, Path: "/invitations", Tags: tags,
		Summary: "List invitations", Description: "Needs a lead. What was neither used nor revoked, newest first; also what has expired within the last 30 days."}, a.listInvitations)
	apikit.Add(a.kit, tenant.EditMembers, huma.Operation{OperationID: "create-invitation", Method: http.MethodPost, Path: "/invitations", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Invite a person", Description: "Needs a lead. Nothing is mailed: hand the link over yourself. It works once, for 7 days."}, a.createInvitation)
	apikit.Add(a.kit, tenant.EditMembers, huma.Operation{OperationID: "revoke-invitation", Method: http.MethodDelete, Path: "/invitations/{id}", Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Revoke an invitation", Description: "Needs a lead. The link stops working at once."}, a.revokeInvitation)
}

func (a *Operations) listMembers(ctx context.Context, by tenant.Actor, _ *struct{}) (*apikit.Answer[apikit.List[Member]], error) {
	ms, err := a.people.Members(ctx, by)
	return apikit.NewAnswer(apikit.NewList(apikit.MapItems(ms, memberBody))), err
}

func (a *Operations) setMemberRole(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body MemberRole
}) (*struct{}, error) {
	return nil, a.people.SetRole(ctx, by, tenant.UserID(in.ID), tenant.Role(in.Body.Role))
}

func (a *Operations) removeMember(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*struct{}, error) {
	return nil, a.people.RemoveMember(ctx, by, tenant.UserID(in.ID))
}

func (a *Operations) listInvitations(ctx context.Context, by tenant.Actor, _ *struct{}) (*apikit.Answer[apikit.List[Invitation]], error) {
	vs, err := a.people.Invitations(ctx, by)
	return apikit.NewAnswer(apikit.NewList(apikit.MapItems(vs, invitationBody))), err
}

func (a *Operations) createInvitation(ctx context.Context, by tenant.Actor, in *struct{ Body NewInvitation }) (*apikit.Answer[MadeInvitation], error) {
	token, v, err := a.people.Invite(ctx, by, in.Body.Email, tenant.Role(in.Body.Role))
	return apikit.NewAnswer(MadeInvitation{invitationBody(v), token}), err
}

func (a *Operations) revokeInvitation(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*struct{}, error) {
	return nil, a.people.RevokeInvitation(ctx, by, in.ID)
}

func memberBody(m tenant.TeamMember) Member {
	return Member{string(m.User), m.Name, m.Email, string(m.Role), m.Active, apikit.NewTime(m.JoinedAt)}
}

func invitationBody(v tenant.Invitation) Invitation {
	return Invitation{v.ID, v.Email, string(v.Role), v.ByName, apikit.NewTime(v.CreatedAt), apikit.NewTime(v.ExpiresAt)}
}
