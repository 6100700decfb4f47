package admin

import (
	"net/url"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Users is the page of all users.
type Users struct {
	Rows   []user.Line
	Filter user.Filter
	// Newer and Older are the URLs of the previous and the next page; empty for none.
	Newer, Older string
	Invite       InviteForm
}

// InviteForm is the form for a new user: empty, or with its errors.
type InviteForm struct {
	Name, Email string
	Admin       bool
	Faults      ui.Faults
}

// User is one user's page in the console.
type User struct {
	user.User
	Teams []tenant.Membership
	// Me is true on the reader's own page; nobody can change their own rights here.
	Me bool
	// Link sets the user's password; it works once and is shown only once. New is true if the user was just created.
	Link string
	New  bool
}

const usersBase = "/admin/users"

// UsersQuery is the URL of the list of users with a search, before or after a user.
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

// UserPath is the URL of a user's page in the console.
func UserPath(id tenant.UserID, rest ...string) string {
	p := usersBase + "/" + string(id)
	for _, r := range rest {
		p += "/" + r
	}
	return p
}

// userState returns the mark and the word of a user's state.
func userState(u user.User) (mark, word string) {
	if u.Active {
		return "ok", "active"
	}
	return "stopped", "inactive"
}

// roleOptions are the options of a role's select, the strongest first.
func roleOptions(chosen tenant.Role) (os []ui.Option) {
	for _, r := range tenant.Roles() {
		os = append(os, ui.Option{Value: string(r), Label: string(r), Selected: r == chosen})
	}
	return os
}
