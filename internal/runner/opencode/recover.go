package opencode

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
)

// End kills a session's process at once with everything it started. Its turn ends as Lost, as after a crash, and can be taken
// up again in a new process. It fails with fault.NotFound when the session has none.
func (r *Runner) End(ctx context.Context, k proc.Key) error {
	a := r.pool.Hold(k)
	defer r.pool.Drop(k)
	return a.Kill(ctx)
}

// Recover adopts, or ends, the processes that outlived the last server, so that none works on unseen.
func (r *Runner) Recover(ctx context.Context, keys []proc.Key) {
	for _, k := range keys {
		a := r.pool.Hold(k)
		err := proc.CatchPanic(r.log, func() error { return a.Recover(ctx) })
		r.pool.Drop(k)
		if err != nil && ctx.Err() == nil {
			r.log.Warn("adopt an OpenCode that outlived its server", "tenant", string(k.Tenant), "session", string(k.Session), "error", err)
		}
	}
}

// EndLeftover ends a process that no session has, with everything it started: one that an earlier version left.
func (r *Runner) EndLeftover(p Process) error {
	if started, err := r.opts.Host.StartTime(p.PID); err != nil || started != p.StartTime {
		p.PID = 0 // another program may have the number now
	}
	return r.opts.Host.Kill(p.PID, p.Generation)
}
