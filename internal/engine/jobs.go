package engine

import (
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
)

// jobs holds the results of the passes of each loop since the start of this server.
type jobs struct {
	mu  sync.Mutex
	all []*job
}

type job struct {
	of *jobs
	instance.Job
}

// does describes each loop to admins.
var does = map[string]string{
	"dispatch":          "starts queued sessions, team by team, within quotas, budgets and this host's limits",
	"budgets":           "renews reservations for model calls, settles those of servers that stopped, and resumes paused sessions when budget is available",
	"clones":            "clones repositories",
	"deactivated teams": "pauses running sessions of deactivated teams",
	"retries":           "queues failed sessions that are due for a retry",
	"leases":            "takes over sessions from servers that stopped",
	"restores":          "finishes restores and forks of sessions that a killed server had begun",
	"sweep":             "deletes expired logins, cookies, links, idempotency keys and refusals",
	"retention":         "deletes transcripts, model calls, deleted sessions and their working trees after their retention period",
	"storage":           "measures each team's storage: every minute while the team runs sessions, otherwise every hour",
	"letters":           "sends e-mails through the operator's mail server",
	"tool caches":       "runs check commands on default branches to fill the tool caches of sessions, while no session waits",
	"pull requests":     "reads pull requests, their checks and their merges from the forges",
	"merge queues":      "merges entries of merge queues, checks the merged trees and pushes those that pass to their bases",
	"audit seals":       "seals new audit log entries",
}

// A pass that runs longer than its patience counts as stuck. Clones, the first pass after retention was shortened, and a mail
// server that hangs need longer, and so do check commands.
const (
	patience     = time.Minute
	longPatience = 2 * time.Hour
)

func (js *jobs) add(name string, every time.Duration, now time.Time) *job {
	j := &job{of: js, Job: instance.Job{Name: name, Does: does[name], Every: every, Next: now, Patience: patience}}
	if name == "clones" || name == "retention" || name == "letters" || name == "merge queues" || name == "pull requests" || name == "tool caches" || name == "restores" {
		j.Patience = longPatience
	}
	js.mu.Lock()
	defer js.mu.Unlock()
	js.all = append(js.all, j)
	return j
}

func (j *job) begin(now time.Time) {
	j.of.mu.Lock()
	defer j.of.mu.Unlock()
	j.Running = &now
}

func (j *job) end(now time.Time, err error) {
	j.of.mu.Lock()
	defer j.of.mu.Unlock()
	j.Began, j.Took, j.Running, j.Next = *j.Running, now.Sub(*j.Running), nil, now.Add(j.Every)
	j.Runs++
	if err != nil {
		j.Failures, j.Error, j.FailedAt = j.Failures+1, err.Error(), now
	}
}

// Jobs returns the results of each loop since this server started.
func (e *Engine) Jobs() []instance.Job {
	e.jobs.mu.Lock()
	defer e.jobs.mu.Unlock()
	out := make([]instance.Job, 0, len(e.jobs.all))
	for _, j := range e.jobs.all {
		out = append(out, j.Job)
	}
	return out
}
