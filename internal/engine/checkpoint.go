package engine

import (
	"context"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// checkpoint takes a checkpoint of the session. One that cannot be taken ends nothing; a session without a working
// tree has none.
func (d *drive) checkpoint(ctx context.Context, cause session.Cause, note string) {
	d.reading.Lock()
	defer d.reading.Unlock()
	err := d.e.app.Work.TakeCheckpoint(ctx, d.lease, cause, note)
	if err != nil && ctx.Err() == nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
		d.log("take a checkpoint", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.checkpointAt = d.e.clock.Now()
}

// checkpointPaused takes the checkpoint of a session that was paused while the agent worked.
func (d *drive) checkpointPaused(ctx context.Context) {
	st, err := d.readStanding(ctx)
	if err == nil && st.Session.Status == session.Paused && st.Session.BaseCommit != "" {
		d.checkpoint(ctx, session.BeforePause, "")
	}
}

// claimCheckpoint reports whether a periodic checkpoint is due. If so, the caller must take it.
func (d *drive) claimCheckpoint() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.e.clock.Now()
	if now.Sub(d.checkpointAt) < d.e.timers.Checkpoint {
		return false
	}
	d.checkpointAt = now
	return true
}

// rewind lets the session's conversation end at an earlier message before the turn begins, and starts the agent, so that its start does not
// count as silence; call release after the turn. An agent that cannot do that gets a new conversation and a message that says so.
func (d *drive) rewind(ctx context.Context, st appwork.Standing, dir string) (now appwork.Standing, release func(), err error) {
	release = func() {}
	job := jobOf(st, dir)
	if job.OwnConfig, err = d.ownConfig(ctx, st); err != nil {
		return st, release, err
	}
	found := d.cut(ctx, job, *st.Rewind)
	if ctx.Err() != nil {
		return st, release, nil
	}
	err = d.persist(ctx, "store that a conversation was rewound", func(ctx context.Context) error { return d.e.app.Work.Rewound(ctx, d.lease, found) })
	if err != nil {
		return st, release, err
	}
	if p, ok := d.e.run.(runner.Preparer); ok {
		var ready <-chan struct{}
		ready, release = p.Prepare(ctx, job)
		select {
		case <-ready:
		case <-ctx.Done():
		}
	}
	now, err = d.standing(ctx)
	return now, release, err
}

// cut lets the agent cut its conversation. found is false if it cannot.
func (d *drive) cut(ctx context.Context, job runner.Job, to session.Rewind) (found bool) {
	r, ok := d.e.run.(runner.Rewinder)
	if !ok {
		return false
	}
	found, err := r.Rewind(ctx, job, to)
	if err != nil && ctx.Err() == nil {
		d.log("rewind a conversation", err)
	}
	return found && err == nil
}
