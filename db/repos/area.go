// Package repos holds the statements about repositories, their forges, the hosts that their sessions can reach, and the keys of their ssh hosts.
package repos

import dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"

// area owns these tables: only statements of this package write them.
var area = dbkernel.NewArea("repos",
	"forge_kinds", "repositories", "repository_forges", "repository_host_keys", "repository_hosts", "repository_statuses")

// Scope holds the statements of this area inside one team.
type Scope struct{ *dbkernel.Scope }

// On returns the area's statements in the scope of s.
func On(s *dbkernel.Scope) Scope { return Scope{s} }

// System holds the statements of this area across teams.
type System struct{ *dbkernel.System }

// Across returns the area's statements across teams in the transaction of s.
func Across(s *dbkernel.System) System { return System{s} }

func init() {
	area.NameColumn("repository_hosts", "added_by", "added_by_name")
	area.OnErase(eraseAccepter)
	area.TeamTables("repository_forges", "repository_host_keys", "repository_hosts", "repositories")
	area.SealedColumn("repositories", "id", "credential")
	area.SealedColumn("repository_forges", "repository_id", "token")
	area.SealedColumn("repository_forges", "repository_id", "hook_secret")
}
