package tenant

import (
	"fmt"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Role is a user's role in one team.
type Role string

// The roles, weakest first. There is no role for the instance's admin: that is a flag on the user.
const (
	Viewer Role = "viewer"
	Member Role = "member"
	Lead   Role = "lead"
)

// Roles lists the roles, strongest first.
func Roles() []Role { return []Role{Lead, Member, Viewer} }

// Rank orders roles: viewer 1, member 2, lead 3; 0 for none.
func (r Role) Rank() int {
	switch r {
	case Viewer:
		return 1
	case Member:
		return 2
	case Lead:
		return 3
	}
	return 0
}

// ParseRole reads a role's name.
func ParseRole(s string) (Role, error) {
	if r := Role(s); r.Rank() > 0 {
		return r, nil
	}
	return "", fault.Field("role", "%q is not a role. Use lead, member or viewer.", s)
}

// Action is one thing that a user can do. Every route, API operation and command has one.
type Action string

// The actions. Public needs no user, SignedIn any user, AdminOnly an admin of the instance; the others need a role in the team.
const (
	Public           Action = "public"
	SignedIn         Action = "signed_in"
	AdminOnly        Action = "admin"
	ReadTeam         Action = "read_team"
	ReadSessions     Action = "read_sessions"
	WriteSessions    Action = "write_sessions"
	AnswerPermission Action = "answer_permission"
	ReadRepositories Action = "read_repositories"
	EditRepositories Action = "edit_repositories"
	ReadProviders    Action = "read_providers"
	EditProviders    Action = "edit_providers"
	ReadAgents       Action = "read_agents"
	EditAgents       Action = "edit_agents"
	ReadMembers      Action = "read_members"
	EditMembers      Action = "edit_members"
	ReadModelCalls   Action = "read_model_calls"
	CreateTokens     Action = "create_tokens"
	ReadInvitations  Action = "read_invitations"
	ReadTokens       Action = "read_tokens"
	RevokeTokens     Action = "revoke_tokens"
	LeaveTeam        Action = "leave_team"
	ReadAudit        Action = "read_audit"
	AskBudget        Action = "ask_budget"
	ExportTeam       Action = "export_team"
	SetLimits        Action = "set_limits"
)

// needs is the only table of permissions: the weakest role that allows each action.
var needs = map[Action]Role{
	ReadTeam: Viewer, ReadSessions: Viewer, ReadRepositories: Viewer, ReadProviders: Viewer, ReadMembers: Viewer, ReadAgents: Viewer,
	WriteSessions: Member, AnswerPermission: Member, ReadModelCalls: Member, CreateTokens: Viewer,
	EditRepositories: Lead, EditProviders: Lead, EditAgents: Lead, EditMembers: Lead,
	LeaveTeam: Viewer, ReadAudit: Lead, ReadInvitations: Lead, ReadTokens: Lead, RevokeTokens: Lead, AskBudget: Lead, ExportTeam: Lead, SetLimits: Lead,
}

// Actions lists every action that needs a role, for the golden test.
func Actions() []Action {
	return []Action{ReadTeam, ReadSessions, WriteSessions, AnswerPermission, ReadModelCalls, ReadRepositories, EditRepositories,
		ReadProviders, EditProviders, ReadAgents, EditAgents, ReadMembers, EditMembers, CreateTokens,
		ReadInvitations, ReadTokens, RevokeTokens, LeaveTeam, ReadAudit, AskBudget, ExportTeam, SetLimits}
}

// Writes reports whether a changes anything. A deactivated team refuses such actions.
func (a Action) Writes() bool {
	switch a {
	case WriteSessions, AnswerPermission, EditRepositories, EditProviders, EditAgents, EditMembers, CreateTokens, RevokeTokens, LeaveTeam, AskBudget, SetLimits:
		return true
	}
	return false
}

// Role is the weakest role that allows a; empty for an action that requires none.
func (a Action) Role() Role { return needs[a] }

// Can reports whether the actor's role allows a, on the actor's own things or on those of the whole team.
func (by Actor) Can(a Action) bool {
	need, ok := needs[a]
	return ok && by.Tenant != "" && by.Role.Rank() >= need.Rank() && (by.TenantActive || !a.Writes())
}

// CanOn reports whether the actor may do a on something that owner created: members act on their own things, leads on everybody's.
func (by Actor) CanOn(a Action, owner UserID) bool {
	if !by.Can(a) {
		return false
	}
	switch a {
	case WriteSessions, AnswerPermission, ReadModelCalls:
		return by.Role == Lead || owner == by.User
	}
	return true
}

// May is Can as an error that names the required role.
func (by Actor) May(a Action) error {
	if by.Can(a) {
		return nil
	}
	if by.Tenant != "" && !by.TenantActive && a.Writes() {
		return fault.New(fault.Forbidden, "This team is deactivated, so nothing in it can be changed. An admin can activate it.")
	}
	return fault.New(fault.Forbidden, "Only %s can do this.", needs[a].orStronger())
}

// orStronger names the people who have at least the role r.
func (r Role) orStronger() string {
	switch r {
	case Lead:
		return "a lead"
	case Member:
		return "a member or a lead"
	}
	return "someone in the team"
}

// MayOn is CanOn as an error that names the required role.
func (by Actor) MayOn(a Action, owner UserID) error {
	if err := by.May(a); err != nil {
		return err
	}
	if by.CanOn(a, owner) {
		return nil
	}
	return fault.New(fault.Forbidden, "This item belongs to another member. Only its owner or a lead can do this.")
}

// String identifies the actor in logs.
func (by Actor) String() string { return fmt.Sprintf("%s@%s(%s)", by.User, by.Slug, by.Role) }
