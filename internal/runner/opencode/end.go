package opencode

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/tenant"
)

// End ends a team's process at once with everything it started, and forgets it. Running turns hear that their process is lost, as
// after a crash, and are taken up again in a new one. NotFound when the team has none.
func (r *Runner) End(ctx context.Context, id tenant.ID) error { return r.team(id).end(ctx) }

func (t *team) end(ctx context.Context) error {
	if err := t.enter(ctx); err != nil {
		return err
	}
	defer t.exit()
	p, ok, err := t.known(ctx)
	if err != nil {
		return err
	}
	if !ok {
		return fault.Missing("process")
	}
	t.log.Info("OpenCode is ended by hand", "pid", p.PID)
	if started, err := t.opts.Host.StartTime(p.PID); err != nil || started != p.StartTime {
		p.PID = 0 // another program may bear the number now
	}
	if err := t.opts.Host.Kill(p.PID, p.Generation); err != nil {
		return err
	}
	t.mu.Lock()
	t.srv = nil
	t.mu.Unlock()
	return t.forget(ctx)
}

// known is the process that runs, or that another run of the server remembered.
func (t *team) known(ctx context.Context) (p Process, ok bool, err error) {
	t.mu.Lock()
	srv := t.srv
	t.mu.Unlock()
	if srv != nil {
		return srv.process, true, nil
	}
	if t.opts.Processes == nil {
		return p, false, nil
	}
	return t.opts.Processes.Load(ctx, t.id)
}
