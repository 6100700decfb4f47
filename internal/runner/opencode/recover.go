package opencode

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Recover takes over, or ends, the processes that outlived the last server, so that none works on unseen. A team's process
// that nobody uses is stopped when it has been idle long enough, like any other.
func (r *Runner) Recover(ctx context.Context, teams []tenant.ID) {
	for _, id := range teams {
		if err := catchPanic(r.log, func() error { return r.team(teamKey{id, false}).recover(ctx) }); err != nil && ctx.Err() == nil {
			r.log.Warn("take over an OpenCode that outlived its server", "tenant", string(id), "error", err)
		}
	}
}

// Clear ends the processes for repositories with a configuration of their own that outlived the last server, whichever
// teams have one: nobody remembers them.
func (r *Runner) Clear(ctx context.Context, teams []tenant.ID) {
	for _, id := range teams {
		if err := catchPanic(r.log, func() error { return r.team(teamKey{id, true}).clear(ctx) }); err != nil && ctx.Err() == nil {
			r.log.Warn("end an OpenCode that outlived its server", "tenant", string(id), "error", err)
		}
	}
}

func (t *team) clear(ctx context.Context) error {
	if err := t.enter(ctx); err != nil {
		return err
	}
	defer t.exit()
	t.mu.Lock()
	known := t.srv != nil
	t.mu.Unlock()
	if known {
		return nil
	}
	return t.leftovers()
}

func (t *team) recover(ctx context.Context) error {
	if err := t.enter(ctx); err != nil {
		return err
	}
	defer t.exit()
	t.mu.Lock()
	known := t.srv != nil
	t.mu.Unlock()
	if known {
		return nil
	}
	srv, err := t.adopt(ctx)
	if err != nil || srv == nil {
		return err
	}
	t.started(ctx, srv, nil)
	t.mu.Lock()
	t.users++ // release begins the wait of an idle process
	t.mu.Unlock()
	t.release()
	return nil
}
