// Package opencode runs agents with OpenCode. There is one managed OpenCode process per team, started when it is
// needed, adopted when it outlived this server, stopped when nothing ran for a while. A turn is one prompt and all
// that follows: its events are numbered at OpenCode, and each numbered one is reported exactly once, whatever breaks.
package opencode

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// Runner drives OpenCode. It is safe for concurrent use.
type Runner struct {
	opts    Options
	log     *slog.Logger
	unknown counter
	closing atomic.Bool

	mu    sync.Mutex
	teams map[teamKey]*team
	turns map[turnKey]*turn
}

// teamKey names a process: a team has one, and a second one for repositories whose own agent configuration counts.
type teamKey struct {
	tenant tenant.ID
	own    bool
}

type turnKey struct {
	tenant  tenant.ID
	session session.ID
}

var _ runner.Runner = (*Runner)(nil)

// New makes a runner; no process is started before it is needed.
func New(o Options) *Runner {
	o = o.orDefaults()
	return &Runner{opts: o, log: o.Log, teams: map[teamKey]*team{}, turns: map[turnKey]*turn{}}
}

func (o Options) orDefaults() Options {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Host == nil {
		o.Host = Plain{}
	}
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&o.Idle, 10*time.Minute)
	set(&o.StartTimeout, time.Minute)
	set(&o.Reattach, 30*time.Second)
	return o
}

// Execute gives the agent the job's messages and reports until the turn ends. Where OpenCode still works on them, because
// only this server was ended, it attaches and goes on from the cursor.
func (r *Runner) Execute(ctx context.Context, job runner.Job, sink runner.Sink) (runner.Outcome, error) {
	t := newTurn(r, job, sink)
	if err := r.enter(t); err != nil {
		return runner.Outcome{}, err
	}
	defer r.leave(t)
	team := r.team(teamKey{job.Tenant, job.OwnConfig})
	srv, err := team.acquire(ctx)
	if err != nil {
		return r.unstarted(ctx, err)
	}
	defer team.release()
	return t.run(ctx, srv)
}

// unstarted is the outcome of a turn whose process could not be had.
func (r *Runner) unstarted(ctx context.Context, err error) (runner.Outcome, error) {
	if ctx.Err() != nil || r.closing.Load() {
		return runner.Outcome{End: runner.Aborted}, nil
	}
	r.log.Warn("no OpenCode process", "error", err)
	return failed(reasonOf(err))
}

func (r *Runner) enter(t *turn) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.turns[t.key] != nil {
		return fault.New(fault.Conflict, "This session has a running turn already.")
	}
	if r.closing.Load() {
		return fault.New(fault.Unavailable, "The server is stopping.")
	}
	r.turns[t.key] = t
	return nil
}

func (r *Runner) leave(t *turn) {
	r.mu.Lock()
	delete(r.turns, t.key)
	r.mu.Unlock()
	close(t.ended)
}

// Signal tells a running turn something.
func (r *Runner) Signal(ctx context.Context, t tenant.ID, s session.ID, sig runner.Signal) error {
	r.mu.Lock()
	turn := r.turns[turnKey{t, s}]
	r.mu.Unlock()
	if turn == nil {
		return errNoTurn
	}
	return turn.signal(ctx, sig)
}

var errNoTurn = fault.New(fault.Conflict, "This session has no running turn.")

// Close aborts the running turns, then stops every process.
func (r *Runner) Close(ctx context.Context) error {
	r.closing.Store(true)
	r.mu.Lock()
	var ended []chan struct{}
	for _, t := range r.turns {
		t.abort()
		ended = append(ended, t.ended)
	}
	teams := make([]*team, 0, len(r.teams))
	for _, t := range r.teams {
		teams = append(teams, t)
	}
	r.mu.Unlock()
	for _, e := range ended {
		select {
		case <-e:
		case <-ctx.Done():
		}
	}
	return stopAll(ctx, teams)
}

// Unknown counts the source events of types this package does not know, by type.
func (r *Runner) Unknown() map[string]int64 { return r.unknown.all() }

func (r *Runner) team(k teamKey) *team {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.teams[k] == nil {
		r.teams[k] = newTeam(r.opts, r.log, k, &r.unknown)
	}
	return r.teams[k]
}
