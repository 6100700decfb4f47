package team

import (
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// InviteForm is the form of an invitation: empty, or as it was refused.
type InviteForm struct {
	Email, Role string
	Faults      ui.Faults
}

// roles are the choices of a role's select, the strongest first, with what each may.
func roles(chosen tenant.Role) []ui.Option {
	says := map[tenant.Role]string{tenant.Lead: "lead: decides about the team", tenant.Member: "member: starts and steers sessions", tenant.Viewer: "viewer: reads"}
	var os []ui.Option
	for _, r := range tenant.Roles() {
		os = append(os, ui.Option{Value: string(r), Label: says[r], Selected: r == chosen})
	}
	return os
}

// inviteRole is the role an invitation offers first.
func (t Team) inviteRole() tenant.Role {
	if r := tenant.Role(t.Invite.Role); r.Rank() > 0 {
		return r
	}
	return tenant.Member
}

// owner names whose a token is; people who are gone have no tokens.
func (t Team) owner(u tenant.UserID) string {
	for _, m := range t.People {
		if m.User == u {
			return m.Name
		}
	}
	return ui.Dash
}

// isMember says whether who looks is in the team: an admin who has entered it is not, and cannot leave it.
func (t Team) isMember() bool {
	for _, m := range t.People {
		if m.User == t.By.User {
			return true
		}
	}
	return false
}

func (t Team) href(rest string) string { return t.Base + "/" + rest }
