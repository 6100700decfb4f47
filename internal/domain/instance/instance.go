// Package instance holds what the operator's console tells of the whole instance: agent processes, loops, queues, prices, how long
// things are kept, and whether all is well. Figures and reasons of every team, never a team's content.
package instance

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Process is a team's OpenCode as it is remembered, with what is measured of it now.
type Process struct {
	Tenant     tenant.ID
	Slug, Team string
	PID        int
	StartTime  string
	Generation string
	Version    string
	Since      time.Time
	// Sessions run in it now.
	Sessions int
	// Starts counts all starts of this team's OpenCode, Lost those that ended without being stopped, the last of them at LostAt.
	Starts, Lost int64
	LostAt       *time.Time
	// Memory is what the process and all it started hold in RAM; Alive is false when no such process runs on this host.
	Memory int64
	Alive  bool
}

// Job is one loop of the engine on this server, as it went since the server's start.
type Job struct {
	Name, Does string
	Every      time.Duration
	// Patience is how long a pass may take before it counts as stuck.
	Patience       time.Duration
	Runs, Failures int64
	// Began and Took are of the last pass that ended; Running is when one that has not ended began.
	Began   time.Time
	Took    time.Duration
	Running *time.Time
	Next    time.Time
	// Error is what the last failed pass said, at FailedAt; it stays although later ones went well.
	Error    string
	FailedAt time.Time
}

// Failing says whether the last pass failed.
func (j Job) Failing() bool { return j.Error != "" && !j.FailedAt.Before(j.Began) }

// lateBy is how far behind its time a loop may be before that is said: timers and busy hosts take their time.
const lateBy = 10 * time.Second

// Late says whether a loop does not do its work in time: its pass takes too long, or the next one is overdue.
func (j Job) Late(now time.Time) bool {
	if j.Running != nil {
		return now.Sub(*j.Running) > j.Patience
	}
	return now.Sub(j.Next) > lateBy
}

// Queue is what one team runs and waits for.
type Queue struct {
	Tenant                    tenant.ID
	Slug, Team                string
	Active                    bool
	Running, Degraded, Queued int64
	MaxConcurrent             int64
	Asking                    int64 // of those that run, how many wait for a person's answer
	Paused, Retrying          int64
	Budget                    quota.Budget
	Oldest                    *time.Time // since when the longest queued one waits
	// Reason is why the first in the queue has not started; empty where nothing is queued.
	Reason string
}

// Pause is how many sessions of all teams are paused for a reason.
type Pause struct {
	Reason   session.ReasonCode
	Sessions int64
}
