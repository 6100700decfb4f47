// Package console holds what the operator reads across teams: figures, queues, processes, open requests and the audit logs.
// It owns no table: what the console changes it changes through the area that owns it.
package console

import dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"

// area owns the tables below: only statements of this package write them.
var area = dbkernel.NewArea("console")

// Scope is the statements of this area inside one team.
type Scope struct{ *dbkernel.Scope }

// On gives the area's statements in the scope of s.
func On(s *dbkernel.Scope) Scope { return Scope{s} }

// System is the statements of this area across teams.
type System struct{ *dbkernel.System }

// Across gives the area's statements across teams in the transaction of s.
func Across(s *dbkernel.System) System { return System{s} }
