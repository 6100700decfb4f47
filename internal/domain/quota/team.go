package quota

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Team is a team as who runs the instance sees it: figures, never content.
type Team struct {
	tenant.Tenant
	People         int64
	Running, Ready int
	Budget         Budget
	Storage        Storage
	// RefuseWhenFull refuses a start at a full quota of active sessions instead of queueing it.
	RefuseWhenFull bool
	// DeletedAt is when the team was deleted; it can be brought back for tenant.KeepDeleted.
	DeletedAt *time.Time
}

// High says whether four fifths of one of the team's limits are in use.
func (t Team) High() bool {
	return t.Running > 0 && t.Running*5 >= t.MaxConcurrentSessions*4 || high(t.Budget.Max.Tokens, t.Budget.Used.Tokens) || high(t.Budget.Max.Cost, t.Budget.Used.Cost) ||
		high(t.Storage.Max, t.Storage.Used())
}

// high leaves out what nothing may be spent of.
func high(limit *int64, used int64) bool { return limit != nil && used > 0 && used >= *limit/5*4 }

// TeamState chooses teams of a list; empty is every team that is not deleted.
type TeamState string

// The choices of the list of teams.
const (
	AllTeams      TeamState = ""
	ActiveTeams   TeamState = "active"
	InactiveTeams TeamState = "inactive"
	HighTeams     TeamState = "high"
	DeletedTeams  TeamState = "deleted"
)

// TeamFilter chooses a page of teams by name. After and Before are ids of teams that the page begins behind and ends ahead of.
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
	// Running are active sessions, Slots what the active teams may run at once, Busy the teams with an active session.
	Running, Ready, Slots, Busy int64
	People                      int64
}
