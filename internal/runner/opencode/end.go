package opencode

import (
	"context"
	"errors"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// End ends a team's process, or both it has, at once with everything it started, and forgets it. Running turns hear that their process is lost, as
// after a crash, and are taken up again in a new one. NotFound when the team has none.
func (r *Runner) End(ctx context.Context, id tenant.ID) error {
	err, own := r.team(teamKey{id, false}).end(ctx), r.team(teamKey{id, true}).end(ctx)
	if fault.Is(own, fault.NotFound) {
		return err
	}
	if fault.Is(err, fault.NotFound) {
		return own
	}
	return errors.Join(err, own)
}

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
	if err := t.opts.Host.Kill(p.PID, t.mark(p)); err != nil {
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
