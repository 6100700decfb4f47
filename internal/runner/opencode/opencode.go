// Package opencode runs agents with OpenCode. Each session has a managed OpenCode process of its own, started when it is needed,
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
	// Options say where OpenCode is and what a session's process gets.
	Options = proc.Options
	// Key names a process: its team and session.
	Key = proc.Key
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
	// Use is what a turn needs of its process.
	Use = proc.Use
	// Spares keeps what spares have outside of their processes.
	Spares = proc.Spares
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

	pool *proc.Pool

	mu       sync.Mutex
	turns    map[proc.Key]*turn.Turn
	prepared map[proc.Key]*preparation
}

var (
	_ runner.Runner   = (*Runner)(nil)
	_ runner.Preparer = (*Runner)(nil)
	_ runner.Rewinder = (*Runner)(nil)
)

// New makes a runner; no process is started before it is needed.
func New(o Options) *Runner {
	o = o.WithDefaults()
	r := &Runner{opts: o, log: o.Log, turns: map[proc.Key]*turn.Turn{}, prepared: map[proc.Key]*preparation{}}
	r.pool = proc.NewPool(o, &r.unknown)
	return r
}

// Execute gives the agent the job's messages and reports until the turn ends. Where OpenCode still works on them, because
// only this server was ended, it attaches and continues from the cursor.
func (r *Runner) Execute(ctx context.Context, job runner.Job, sink runner.Sink) (runner.Outcome, error) {
	key, use := keyOf(job)
	job.OwnConfig = use.OwnConfig
	if job.Spec != nil {
		job.Agent = proc.Registered
	}
	if r.pool.NeedsCarry(key, job.Conversation) {
		// What is imported has no history, so its numbers begin anew. The old ones go first: a server that is killed in between
		// carries again.
		if err := sink.DropCursors(context.WithoutCancel(ctx)); err != nil {
			return runner.Outcome{}, err
		}
		job.Cursor, job.Imports, use.Carry = nil, job.Imports+1, &proc.Carry{Conversation: job.Conversation, Dir: job.Dir}
	}
	t := turn.New(job, &started{Sink: sink, then: func() { r.pool.Want(key.Tenant, use) }}, r.opts.Clock, r.log, &r.unknown)
	if err := r.addTurn(key, t); err != nil {
		return runner.Outcome{}, err
	}
	defer r.removeTurn(key, t)
	var srv *proc.Server
	err := r.awaitPreparation(ctx, key)
	if err == nil {
		err = proc.CatchPanic(r.log, func() (err error) {
			srv, err = r.pool.Acquire(ctx, key, use)
			return err
		})
	}
	if err != nil {
		return r.unstarted(ctx, err)
	}
	defer r.pool.Release(key)
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

func (r *Runner) addTurn(k proc.Key, t *turn.Turn) error {
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

func (r *Runner) removeTurn(k proc.Key, t *turn.Turn) {
	r.mu.Lock()
	delete(r.turns, k)
	r.mu.Unlock()
	t.Finish()
}

// Signal sends a running turn a message or a reply.
func (r *Runner) Signal(ctx context.Context, t tenant.ID, s session.ID, sig runner.Signal) error {
	r.mu.Lock()
	running := r.turns[proc.Key{Tenant: t, Session: s}]
	r.mu.Unlock()
	if running == nil {
		return turn.ErrNone
	}
	return running.Signal(ctx, sig)
}

// Close aborts the running turns, then stops every process.
func (r *Runner) Close(ctx context.Context) error {
	r.closing.Store(true)
	turns := r.running()
	for _, t := range turns {
		t.Abort()
	}
	for _, t := range turns {
		select {
		case <-t.Ended():
		case <-ctx.Done():
		}
	}
	r.pool.Close()
	return proc.StopAll(ctx, r.pool.All())
}

func (r *Runner) running() (turns []*turn.Turn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.turns {
		turns = append(turns, t)
	}
	return turns
}

// Running is how many processes run, those that no session uses included.
func (r *Runner) Running() int { return r.pool.Running() }

// Unknown counts the events of types that this version of OpenCode does not have, by type.
func (r *Runner) Unknown() map[string]int64 { return r.unknown.All() }
