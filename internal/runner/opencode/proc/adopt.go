package proc

import (
	"context"
	"errors"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Recover adopts the process that outlived the last server, or ends it, so that none works on unseen. One that nobody uses
// is stopped when it has been idle long enough, like any other.
func (t *Team) Recover(ctx context.Context) error {
	return t.withToken(ctx, func() error {
		if t.Server() != nil {
			return nil
		}
		srv, err := t.adopt(ctx)
		if err != nil || srv == nil {
			return err
		}
		t.noteStart(ctx, srv, nil)
		t.addUser()
		t.Release() // it begins the wait of an idle process
		return nil
	})
}

// Clear ends a process with a configuration of its own that outlived the last server: it is not stored anywhere.
func (t *Team) Clear(ctx context.Context) error {
	return t.withToken(ctx, func() error {
		if t.Server() != nil {
			return nil
		}
		return t.killLeftovers()
	})
}

// adopt takes over the process that outlived the last server. One that cannot be adopted is ended with all it started; then
// the answer is nil without an error.
func (t *Team) adopt(ctx context.Context) (*Server, error) {
	if t.opts.Processes == nil {
		return nil, errors.Join(t.killDead(), t.killLeftovers())
	}
	p, ok, err := t.opts.Processes.Load(ctx, t.id)
	if err != nil || !ok {
		return nil, err
	}
	started, err := t.opts.Host.StartTime(p.PID)
	same := err == nil && p.PID > 0 && started == p.StartTime && !t.hasGivenUp(p)
	if same {
		srv := newServer(t, p, nil)
		if err := srv.connect(ctx, 5*time.Second); err == nil {
			t.log.Info("adopted OpenCode", "pid", p.PID)
			return srv, nil
		}
		srv.stopFollowing()
	}
	pid := p.PID
	if !same {
		pid = 0 // another program may bear the number now
	}
	if err := t.opts.Host.Kill(pid, t.mark(p)); err != nil {
		return nil, &Unready{session.Reason{Code: session.RunnerUnreachable, Message: "The processes of the last OpenCode could not be stopped."}, err}
	}
	return nil, t.opts.Processes.Lose(ctx, t.id)
}

// killLeftovers ends the process that an earlier server started and did not store.
func (t *Team) killLeftovers() error {
	if !t.own {
		return nil
	}
	return t.opts.Host.Kill(0, t.mark(Process{}))
}

// killDead ends what a process that died has left behind.
func (t *Team) killDead() error {
	if srv := t.Server(); srv != nil {
		return srv.kill()
	}
	return nil
}

// hasGivenUp reports whether p is the process that this server gave up.
func (t *Team) hasGivenUp(p Process) bool {
	srv := t.Server()
	return srv != nil && srv.process.Generation == p.Generation
}

func (t *Team) deleteProcess(ctx context.Context) error {
	if t.opts.Processes == nil {
		return nil
	}
	return t.opts.Processes.Delete(ctx, t.id)
}

func (t *Team) saveProcess(ctx context.Context, p Process) error {
	if t.opts.Processes == nil {
		return nil
	}
	return t.opts.Processes.Save(ctx, t.id, p)
}
