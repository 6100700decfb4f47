// Package console holds the statements that only read, for the operator's console: figures, queues, processes, open requests and the
// audit logs. It owns no table; the console changes rows through the area that owns them.
package console

import dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"

// area owns no table.
var area = dbkernel.NewArea("console")

// Scope holds the statements of this area inside one team.
type Scope struct{ *dbkernel.Scope }

// On returns the area's statements in the scope of s.
func On(s *dbkernel.Scope) Scope { return Scope{s} }

// System holds the statements of this area across teams.
type System struct{ *dbkernel.System }

// Across returns the area's statements across teams in the transaction of s.
func Across(s *dbkernel.System) System { return System{s} }
