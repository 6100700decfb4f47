package proc

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Recover adopts the process that outlived the last server, or ends it, so that none works on unseen. One that nobody uses
// is stopped when it has been idle long enough, like any other.
func (a *Agent) Recover(ctx context.Context) error {
	return a.withToken(ctx, func() error {
		if a.Server() != nil {
			return nil
		}
		srv, err := a.adopt(ctx)
		if err != nil || srv == nil {
			return err
		}
		a.keep(srv)
		a.addUser()
		a.Release() // it begins the wait of an idle process
		return nil
	})
}

// adopt takes over the process that outlived the last server. One that cannot be adopted is ended with all it started; then
// the answer is nil without an error.
func (a *Agent) adopt(ctx context.Context) (*Server, error) {
	if a.opts.Processes == nil {
		return nil, a.killDead()
	}
	p, ok, err := a.opts.Processes.Load(ctx, a.Key())
	if err != nil || !ok {
		return nil, err
	}
	started, err := a.opts.Host.StartTime(p.PID)
	same := err == nil && p.PID > 0 && started == p.StartTime && !a.hasGivenUp(p)
	if same {
		srv := newServer(a, p, nil)
		if err := srv.connect(ctx, 5*time.Second); err == nil {
			a.log.Info("adopted OpenCode", "pid", p.PID)
			return srv, nil
		}
		srv.stopFollowing()
	}
	pid := p.PID
	if !same {
		pid = 0 // another program may bear the number now
	}
	if err := a.opts.Host.Kill(pid, p.Generation); err != nil {
		return nil, &Unready{session.Reason{Code: session.RunnerUnreachable, Message: "The processes of the last OpenCode could not be stopped."}, err}
	}
	return nil, a.opts.Processes.Lose(ctx, a.Key())
}

// killDead ends what a process that died has left behind.
func (a *Agent) killDead() error {
	if srv := a.Server(); srv != nil {
		return srv.kill()
	}
	return nil
}

// hasGivenUp reports whether p is the process that this server gave up.
func (a *Agent) hasGivenUp(p Process) bool {
	srv := a.Server()
	return srv != nil && srv.process.Generation == p.Generation
}

func (a *Agent) deleteProcess(ctx context.Context) error {
	if a.opts.Processes == nil {
		return nil
	}
	return a.opts.Processes.Delete(ctx, a.Key())
}

func (a *Agent) saveProcess(ctx context.Context, p Process) error {
	if a.opts.Processes == nil {
		return nil
	}
	return a.opts.Processes.Save(ctx, a.Key(), p)
}
