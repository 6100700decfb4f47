package opencode

import (
	"context"
	"errors"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
)

// End kills a team's process, or both it has, at once with everything it started. Its turns end as Lost, as after a crash,
// and can be taken up again in a new process. It fails with fault.NotFound when the team has none.
func (r *Runner) End(ctx context.Context, id tenant.ID) error {
	err, own := r.team(proc.Key{Tenant: id}).Kill(ctx), r.team(proc.Key{Tenant: id, OwnConfig: true}).Kill(ctx)
	if fault.Is(own, fault.NotFound) {
		return err
	}
	if fault.Is(err, fault.NotFound) {
		return own
	}
	return errors.Join(err, own)
}

// Recover adopts, or ends, the processes that outlived the last server, so that none works on unseen.
func (r *Runner) Recover(ctx context.Context, teams []tenant.ID) {
	for _, id := range teams {
		t := r.team(proc.Key{Tenant: id})
		r.warn(ctx, "adopt an OpenCode that outlived its server", id, proc.CatchPanic(r.log, func() error { return t.Recover(ctx) }))
	}
}

// Clear ends the processes for repositories with a configuration of their own that outlived the last server, whichever
// teams have one: they are not stored anywhere.
func (r *Runner) Clear(ctx context.Context, teams []tenant.ID) {
	for _, id := range teams {
		t := r.team(proc.Key{Tenant: id, OwnConfig: true})
		r.warn(ctx, "end an OpenCode that outlived its server", id, proc.CatchPanic(r.log, func() error { return t.Clear(ctx) }))
	}
}

func (r *Runner) warn(ctx context.Context, what string, id tenant.ID, err error) {
	if err != nil && ctx.Err() == nil {
		r.log.Warn(what, "tenant", string(id), "error", err)
	}
}
