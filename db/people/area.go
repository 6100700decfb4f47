// Package people holds the statements about teams and the people in them: users, logins, second factors, identities, members,
// invitations, API tokens, e-mails and entrances. It imports no other area, because the others refer to its tables.
package people

import dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"

// area owns these tables: only statements of this package write them.
var area = dbkernel.NewArea("people",
	"api_tokens", "authenticators", "cookies", "entrances", "identities", "instance_letters", "invitations",
	"known_browsers", "letters", "login_failures", "login_links", "logins", "memberships", "passkeys", "pending_logins",
	"recovery_codes", "reset_links", "roles", "setup_links", "spent_challenges", "tenants", "users")

// Scope holds the statements of this area inside one team.
type Scope struct{ *dbkernel.Scope }

// On returns the area's statements in the scope of s.
func On(s *dbkernel.Scope) Scope { return Scope{s} }

// System holds the statements of this area across teams.
type System struct{ *dbkernel.System }

// Across returns the area's statements across teams in the transaction of s.
func Across(s *dbkernel.System) System { return System{s} }

func init() {
	area.PersonTables("memberships", "logins", "reset_links", "authenticators", "recovery_codes", "passkeys", "pending_logins", "identities", "login_links", "known_browsers",
		"letters", "instance_letters")
	area.NameColumn("invitations", "invited_by", "invited_by_name")
	area.NameColumn("entrances", "user_id", "user_name")
	area.OnErase(eraseInvited)
	area.TeamTables("api_tokens", "invitations", "memberships", "entrances", "letters")
	area.SealedInstanceColumn("authenticators", "user_id", "secret")
	area.SealedColumn("letters", "id", "data")
	area.SealedInstanceColumn("instance_letters", "id", "data")
}
