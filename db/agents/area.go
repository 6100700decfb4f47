// Package agents holds the statements about a team's agents: the registry with its versions, their places and their figures.
package agents

import (
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	_ "github.com/industrial-orchestrator/orchestrator/db/models" // an area below registers its tables first
)

// area owns these tables: only statements of this package write them.
var area = dbkernel.NewArea("agents", "agent_days", "agent_results", "agent_statuses", "agent_versions", "agents")

// Scope holds the statements of this area inside one team.
type Scope struct{ *dbkernel.Scope }

// On returns the area's statements in the scope of s.
func On(s *dbkernel.Scope) Scope { return Scope{s} }

func init() {
	area.NameColumn("agents", "created_by", "created_by_name")
	area.NameColumn("agents", "maintenance_by", "maintenance_by_name")
	area.NameColumn("agent_versions", "saved_by", "saved_by_name")
	area.TeamTables("agent_days", "agent_results", "agent_versions", "agents")
}
