// Package work holds the statements about sessions and everything in one: events, parts, messages, approvals, questions, changes,
// checks, model calls, leases, and the queue with its quotas and counters.
package work

import (
	_ "github.com/industrial-orchestrator/orchestrator/db/agents" // sessions refer to agents
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	_ "github.com/industrial-orchestrator/orchestrator/db/repos" // grants refer to repositories, so repos registers its tables first
)

// area owns these tables: only statements of this package write them.
var area = dbkernel.NewArea("work",
	"agent_processes", "agent_starts", "agent_usage", "agent_usage_days", "asks", "checkpoint_causes", "checkpoints", "event_types", "events",
	"file_omissions", "forge_deliveries", "gateway_keys", "grants", "lanes", "merge_entries", "merge_entry_statuses", "merge_queues", "merge_runs", "model_blobs", "model_calls", "outcomes", "person_counts", "pull_request_states", "pull_requests", "session_checks", "session_feedback",
	"session_counts", "session_cursors", "session_files", "session_gaps", "session_loops", "session_messages", "session_parts", "session_patches",
	"session_restores", "session_rewinds",
	"session_statuses", "session_terms", "sessions", "tenant_changes", "usage_days", "usage_user_days")

// Scope holds the statements of this area inside one team.
type Scope struct{ *dbkernel.Scope }

// On returns the area's statements in the scope of s.
func On(s *dbkernel.Scope) Scope { return Scope{s} }

// System holds the statements of this area across teams.
type System struct{ *dbkernel.System }

// Across returns the area's statements across teams in the transaction of s.
func Across(s *dbkernel.System) System { return System{s} }

func init() {
	area.NameColumn("sessions", "created_by", "created_by_name")
	area.NameColumn("merge_entries", "added_by", "added_by_name")
	area.NameColumn("merge_entries", "noted_by", "noted_by_name")
	area.NameColumn("merge_queues", "held_by", "held_by_name")
	area.NameColumn("events", "actor_id", "actor_name")
	area.NameColumn("pull_requests", "opened_by", "opened_by_name")
	area.NameColumn("checkpoints", "by_id", "by_name")
	area.NameColumn("session_restores", "by_id", "by_name")
	area.NameColumn("session_loops", "replied_by", "replied_by_name")
	area.NameColumn("outcomes", "pushed_by", "pushed_by_name")
	area.NameColumn("session_feedback", "by_id", "by_name")
	area.OnErase(eraseEventText)
	area.OnNewTeam(createQueue)
	area.TeamTables("merge_entries", "merge_runs", "merge_queues", "model_calls", "model_blobs", "grants", "tenant_changes", "session_terms", "session_counts", "person_counts", "agent_processes", "agent_starts",
		"forge_deliveries", "gateway_keys", "pull_requests")
	area.SealedColumn("agent_processes", "session_id", "password")
}
