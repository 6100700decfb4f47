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
	IsActive bool        `json:"is_active" doc:"false if the user is deactivated and has no access."`
	JoinedAt apikit.Time `json:"joined_at"`
}

// MemberRole is what can be changed about a member.
type MemberRole struct {
	Role string `json:"role" enum:"lead,member,viewer"`
}

// Invitation is a link that has been neither used nor revoked.
type Invitation struct {
	ID        string      `json:"id" format:"uuid"`
	Email     string      `json:"email" format:"email" doc:"The link works only for the person with this address."`
	Role      string      `json:"role" enum:"lead,member,viewer"`
	InvitedBy string      `json:"invited_by" doc:"The name of the person who created the invitation."`
	CreatedAt apikit.Time `json:"created_at"`
	ExpiresAt apikit.Time `json:"expires_at" doc:"When the link stops working."`
}

// NewInvitation is the input for an invitation.
type NewInvitation struct {
	Email string `json:"email" doc:"An earlier invitation for the same address stops working." example:"ann@example.org"`
	Role  string `json:"role" enum:"lead,member,viewer"`
}

// MadeInvitation is a new invitation with its link.
type MadeInvitation struct {
	Invitation
	Token string `json:"token" doc:"The end of the link: append /invitations/ and this token to the server's URL. It is returned only once."`
}

func (a *Operations) memberRoutes() {
	tags := []string{"Members"}
	apikit.Add(a.kit, tenant.ReadMembers, huma.Operation{OperationID: "list-members", Method: http.MethodGet, Path: "/members", Tags: tags,
		Summary: "List members", Description: "The team's members, sorted by name, with their roles."}, a.listMembers)
	apikit.Add(a.kit, tenant.EditMembers, huma.Operation{OperationID: "set-member-role", Method: http.MethodPost, Path: "/members/{id}", Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Change a role", Description: "Requires the lead role. Takes effect immediately and ends the person's open streams. Returns 409 for the last lead of the team."}, a.setMemberRole)
	apikit.Add(a.kit, tenant.EditMembers, huma.Operation{OperationID: "remove-member", Method: http.MethodDelete, Path: "/members/{id}", Tags: tags, DefaultStatus: http.StatusNoContent, Errors: []int{http.StatusConflict},
		Summary: "Remove a member", Description: "Requires the lead role. Ends the person's open streams and disables their tokens for this team. Their sessions are kept. Returns 409 for the last lead of the team."}, a.removeMember)
	apikit.Add(a.kit, tenant.ReadInvitations, huma.Operation{OperationID: "list-invitations", Method: http.MethodGet, Path: "/invitations", Tags: tags,
		Summary: "List invitations", Description: "Requires the lead role. Invitations that have been neither used nor revoked, newest first, including those that expired in the last 30 days."}, a.listInvitations)
	apikit.Add(a.kit, tenant.EditMembers, huma.Operation{OperationID: "create-invitation", Method: http.MethodPost, Path: "/invitations", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Invite a person", Description: "Requires the lead role. No e-mail is sent: pass the link on yourself. It can be used once and expires after 7 days."}, a.createInvitation)
	apikit.Add(a.kit, tenant.EditMembers, huma.Operation{OperationID: "revoke-invitation", Method: http.MethodDelete, Path: "/invitations/{id}", Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Revoke an invitation", Description: "Requires the lead role. The link stops working immediately."}, a.revokeInvitation)
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
