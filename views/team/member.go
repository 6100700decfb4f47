package team

import (
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// InviteForm is the form for an invitation: empty, or with its errors.
type InviteForm struct {
	Email, Role string
	Faults      ui.Faults
}

// roles are the options of a role's select, the strongest first, with a description.
func roles(chosen tenant.Role) []ui.Option {
	labels := map[tenant.Role]string{tenant.Lead: "lead: manages the team", tenant.Member: "member: starts and controls sessions", tenant.Viewer: "viewer: can read"}
	var os []ui.Option
	for _, r := range tenant.Roles() {
		os = append(os, ui.Option{Value: string(r), Label: labels[r], Selected: r == chosen})
	}
	return os
}

// inviteRole is the role that the form preselects.
func (t Team) inviteRole() tenant.Role {
	if r := tenant.Role(t.Invite.Role); r.Rank() > 0 {
		return r
	}
	return tenant.Member
}

// owner is the name of a token's owner; people who left have no tokens.
func (t Team) owner(u tenant.UserID) string {
	for _, m := range t.People {
		if m.User == u {
			return m.Name
		}
	}
	return ui.Dash
}

// isMember reports whether the reader is a member: an admin who entered the team is not, and can't leave it.
func (t Team) isMember() bool {
	for _, m := range t.People {
		if m.User == t.By.User {
			return true
		}
	}
	return false
}

func (t Team) href(rest string) string { return t.Base + "/" + rest }
