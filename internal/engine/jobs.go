package engine

import (
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
)

// jobs is what became of the passes of each loop since the start of this server.
type jobs struct {
	mu  sync.Mutex
	all []*job
}

type job struct {
	of *jobs
	instance.Job
}

// does tells people what a loop is for.
var does = map[string]string{
	"dispatch":          "starts sessions of the queue, team by team, as far as quotas, budgets and this host allow",
	"budgets":           "keeps what calls reserve, settles what dead servers left, lets paused sessions go on when there is budget",
	"clones":            "clones repositories",
	"deactivated teams": "pauses what still runs in teams that were deactivated",
	"retries":           "queues failed sessions whose retry is due",
	"leases":            "takes over sessions that no server drives any more",
	"sweep":             "drops expired logins, cookies, links and refusals",
	"retention":         "deletes what is past its time: transcripts, model calls, deleted sessions with their trees",
	"storage":           "measures what each team keeps: each minute while it runs something, each hour otherwise",
	"letters":           "sends e-mails through the operator's mail server",
	"audit seals":       "seals new entries of the audit logs",
}

// Passes of most loops are short; a clone, the first pass of a shorter retention and a mail server that hangs take long.
const (
	patience     = time.Minute
	longPatience = 2 * time.Hour
)

func (js *jobs) add(name string, every time.Duration, now time.Time) *job {
	j := &job{of: js, Job: instance.Job{Name: name, Does: does[name], Every: every, Next: now, Patience: patience}}
	if name == "clones" || name == "retention" || name == "letters" {
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

// Jobs tells how each loop has gone since this server started.
func (e *Engine) Jobs() []instance.Job {
	e.jobs.mu.Lock()
	defer e.jobs.mu.Unlock()
	out := make([]instance.Job, 0, len(e.jobs.all))
	for _, j := range e.jobs.all {
		out = append(out, j.Job)
	}
	return out
}
