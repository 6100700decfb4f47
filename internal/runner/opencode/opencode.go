// Package opencode runs agents with OpenCode. There is one managed OpenCode process per team, started when it is needed,
// adopted when it outlived this server, stopped when nothing ran for a while. A turn is one prompt and all that follows: its
// events are numbered at OpenCode, and each numbered one is reported exactly once, whatever breaks.
//
// The package is the face of three: wire speaks with OpenCode, proc owns its processes, turn plays a turn.
package opencode

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/turn"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// The words of proc that whoever wires a runner needs.
type (
	// Options say where OpenCode is and what a team's process gets.
	Options = proc.Options
	// TeamConfig is what a team's agents may use.
	TeamConfig = proc.TeamConfig
	// Provider is one model provider as OpenCode sees it.
	Provider = proc.Provider
	// Model is one model with its limits and prices.
	Model = proc.Model
	// StartSpec is a process to start.
	StartSpec = proc.StartSpec
	// Proc is a started process.
	Proc = proc.Proc
	// Process is what has to be known to adopt a process.
	Process = proc.Process
)

// MinimumVersion is the oldest OpenCode that this server runs.
const MinimumVersion = proc.MinimumVersion

// Older reports whether version is before minimum; a version that cannot be read is.
func Older(version, minimum string) bool { return proc.Older(version, minimum) }

// Runner drives OpenCode. It is safe for concurrent use.
type Runner struct {
	opts    Options
	log     *slog.Logger
	unknown wire.Counter
	closing atomic.Bool

	mu    sync.Mutex
	teams map[proc.Key]*proc.Team
	turns map[turnKey]*turn.Turn
}

type turnKey struct {
	tenant  tenant.ID
	session session.ID
}

var _ runner.Runner = (*Runner)(nil)

// New makes a runner; no process is started before it is needed.
func New(o Options) *Runner {
	o = o.WithDefaults()
	return &Runner{opts: o, log: o.Log, teams: map[proc.Key]*proc.Team{}, turns: map[turnKey]*turn.Turn{}}
}

// Execute gives the agent the job's messages and reports until the turn ends. Where OpenCode still works on them, because
// only this server was ended, it attaches and continues from the cursor.
func (r *Runner) Execute(ctx context.Context, job runner.Job, sink runner.Sink) (runner.Outcome, error) {
	key, t := turnKey{job.Tenant, job.Session}, turn.New(job, sink, r.opts.Clock, r.log, &r.unknown)
	if err := r.addTurn(key, t); err != nil {
		return runner.Outcome{}, err
	}
	defer r.removeTurn(key, t)
	team := r.team(proc.Key{Tenant: job.Tenant, OwnConfig: job.OwnConfig})
	var srv *proc.Server
	err := proc.CatchPanic(r.log, func() (err error) {
		srv, err = team.Acquire(ctx)
		return err
	})
	if err != nil {
		return r.unstarted(ctx, err)
	}
	defer team.Release()
	return t.Run(ctx, srv)
}

// unstarted is the outcome of a turn that got no process.
func (r *Runner) unstarted(ctx context.Context, err error) (runner.Outcome, error) {
	if ctx.Err() != nil || r.closing.Load() {
		return runner.Outcome{End: runner.Aborted}, nil
	}
	r.log.Warn("no OpenCode process", "error", err)
	return runner.Outcome{End: runner.Failed, Reason: proc.ReasonOf(err)}, nil
}

func (r *Runner) addTurn(k turnKey, t *turn.Turn) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.turns[k] != nil {
		return fault.New(fault.Conflict, "This session already has a running turn.")
	}
	if r.closing.Load() {
		return fault.New(fault.Unavailable, "The server is shutting down.")
	}
	r.turns[k] = t
	return nil
}

func (r *Runner) removeTurn(k turnKey, t *turn.Turn) {
	r.mu.Lock()
	delete(r.turns, k)
	r.mu.Unlock()
	t.Finish()
}

// team is the manager of a process; it is made when it is needed for the first time.
func (r *Runner) team(k proc.Key) *proc.Team {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.teams[k] == nil {
		r.teams[k] = proc.NewTeam(r.opts, k, &r.unknown)
	}
	return r.teams[k]
}

// Signal sends a running turn a message or a reply.
func (r *Runner) Signal(ctx context.Context, t tenant.ID, s session.ID, sig runner.Signal) error {
	r.mu.Lock()
	running := r.turns[turnKey{t, s}]
	r.mu.Unlock()
	if running == nil {
		return turn.ErrNone
	}
	return running.Signal(ctx, sig)
}

// Close aborts the running turns, then stops every process.
func (r *Runner) Close(ctx context.Context) error {
	r.closing.Store(true)
	turns, teams := r.everything()
	for _, t := range turns {
		t.Abort()
	}
	for _, t := range turns {
		select {
		case <-t.Ended():
		case <-ctx.Done():
		}
	}
	return proc.StopAll(ctx, teams)
}

func (r *Runner) everything() (turns []*turn.Turn, teams []*proc.Team) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.turns {
		turns = append(turns, t)
	}
	for _, t := range r.teams {
		teams = append(teams, t)
	}
	return turns, teams
}

// Unknown counts the events of types that this version of OpenCode does not have, by type.
func (r *Runner) Unknown() map[string]int64 { return r.unknown.All() }
