// Package instance defines the data of the console about the whole instance: agent processes, jobs, queues, prices, retention and
// health. It contains figures and reasons of every team, never a team's content.
package instance

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Process is a team's OpenCode process as stored in the database, with current measurements.
type Process struct {
	Tenant     tenant.ID
	Slug, Team string
	PID        int
	StartTime  string
	Generation string
	Version    string
	Since      time.Time
	// Session is the session that it belongs to, Status that session's status: the process of one that is not active is idle.
	Session session.ID
	Status  session.Status
	// Starts counts all starts of this team's OpenCode, Lost those that ended without being stopped, most recently at LostAt.
	Starts, Lost int64
	LostAt       *time.Time
	// Memory is the RAM of the process and its descendants; Alive is false if the process does not run on this host.
	Memory int64
	Alive  bool
}

// Job is a loop of the engine on this server, with statistics since the server's start.
type Job struct {
	Name, Does string
	Every      time.Duration
	// Patience is how long a run may take before the job counts as stuck.
	Patience       time.Duration
	Runs, Failures int64
	// Began and Took describe the last finished run; Running is the start of the current run.
	Began   time.Time
	Took    time.Duration
	Running *time.Time
	Next    time.Time
	// Error is the error of the last failed run, at FailedAt. It is kept after later successful runs.
	Error    string
	FailedAt time.Time
}

// Failing reports whether the last run failed.
func (j Job) Failing() bool { return j.Error != "" && !j.FailedAt.Before(j.Began) }

// lateBy is how late a run may start before it is reported, because timers and busy hosts cause delays.
const lateBy = 10 * time.Second

// Late reports whether a run takes too long or the next one is overdue.
func (j Job) Late(now time.Time) bool {
	if j.Running != nil {
		return now.Sub(*j.Running) > j.Patience
	}
	return now.Sub(j.Next) > lateBy
}

// Queue is the running and waiting sessions of one team.
type Queue struct {
	Tenant                    tenant.ID
	Slug, Team                string
	Active                    bool
	Running, Degraded, Queued int64
	MaxConcurrent             int64
	Asking                    int64 // running sessions that wait for a person's answer
	Paused, Retrying          int64
	Budget                    quota.Budget
	Oldest                    *time.Time // since when the oldest queued session waits
	// Reason is why the first session in the queue has not started; empty if the queue is empty.
	Reason string
}

// Pause is the number of sessions of all teams that are paused for a reason.
type Pause struct {
	Reason   session.ReasonCode
	Sessions int64
}
