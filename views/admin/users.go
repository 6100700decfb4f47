package admin

import (
	"net/url"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Users is what the page of all people shows.
type Users struct {
	Rows   []user.Line
	Filter user.Filter
	// Newer and Older are the addresses of the pages around this one; empty has none.
	Newer, Older string
	Invite       InviteForm
}

// InviteForm is the form that makes a person: empty, or as it was refused.
type InviteForm struct {
	Name, Email string
	Admin       bool
	Faults      ui.Faults
}

// User is what one person's page in the console shows.
type User struct {
	user.User
	Teams []tenant.Membership
	// Me says that it is who looks; nobody changes one's own rights here.
	Me bool
	// Link sets the person's password, once; it is shown this once. New says that the person was made just now.
	Link string
	New  bool
}

const usersBase = "/admin/users"

// UsersQuery is the address of the list of people with a search, behind or ahead of a person.
func UsersQuery(query, key, id string) string {
	q := url.Values{}
	for name, v := range map[string]string{"q": query, key: id} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if len(q) == 0 {
		return usersBase
	}
	return usersBase + "?" + q.Encode()
}

// UserPath is the address of a person's page in the console.
func UserPath(id tenant.UserID, rest ...string) string {
	p := usersBase + "/" + string(id)
	for _, r := range rest {
		p += "/" + r
	}
	return p
}

// userState is the mark and the word of what a person is now.
func userState(u user.User) (mark, word string) {
	if u.Active {
		return "ok", "active"
	}
	return "stopped", "inactive"
}

// roleOptions are the choices of a role's select, the strongest first.
func roleOptions(chosen tenant.Role) (os []ui.Option) {
	for _, r := range tenant.Roles() {
		os = append(os, ui.Option{Value: string(r), Label: string(r), Selected: r == chosen})
	}
	return os
}
