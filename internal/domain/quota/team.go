package quota

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Team is a team as admins of the instance see it: figures, never content.
type Team struct {
	tenant.Tenant
	People         int64
	Running, Ready int
	Budget         Budget
	Storage        Storage
	// RefuseWhenFull rejects new sessions above the limit instead of queueing them.
	RefuseWhenFull bool
	// DeletedAt is when the team was deleted. It can be restored for tenant.KeepDeleted.
	DeletedAt *time.Time
}

// High reports whether at least 80% of one of the team's limits is used.
func (t Team) High() bool {
	return t.Running > 0 && t.Running*5 >= t.MaxConcurrentSessions*4 || high(t.Budget.Max.Tokens, t.Budget.Used.Tokens) || high(t.Budget.Max.Cost, t.Budget.Used.Cost) ||
		high(t.Storage.Max, t.Storage.Used())
}

// high ignores limits of 0.
func high(limit *int64, used int64) bool { return limit != nil && used > 0 && used >= *limit/5*4 }

// TeamState selects teams of a list; empty selects every team that is not deleted.
type TeamState string

// The filters for the list of teams.
const (
	AllTeams      TeamState = ""
	ActiveTeams   TeamState = "active"
	InactiveTeams TeamState = "inactive"
	HighTeams     TeamState = "high"
	DeletedTeams  TeamState = "deleted"
)

// TeamFilter selects a page of teams by name. The page starts after the team with the ID After and ends before the one with Before.
type TeamFilter struct {
	Month         Month
	State         TeamState
	Query         string
	After, Before tenant.ID
	Limit         int
}

// TeamCounts are the figures over all teams.
type TeamCounts struct {
	All, Active, Inactive, High, Deleted int64
	// Running is the number of active sessions, Slots the number that active teams may run at once, Busy the number of teams with
	// an active session.
	Running, Ready, Slots, Busy int64
	People                      int64
}
