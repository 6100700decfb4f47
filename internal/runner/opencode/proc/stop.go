package proc

import (
	"context"
	"errors"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Kill ends the process at once with everything it started, and deletes its record. Its turns end as Lost, as after a crash. It
// fails with fault.NotFound when the session has none.
func (a *Agent) Kill(ctx context.Context) error {
	return a.withToken(ctx, func() error {
		p, ok, err := a.findProcess(ctx)
		if err != nil {
			return err
		}
		if !ok {
			return fault.Missing("process")
		}
		a.log.Info("kill OpenCode by hand", "pid", p.PID)
		if started, err := a.opts.Host.StartTime(p.PID); err != nil || started != p.StartTime {
			p.PID = 0 // another program may bear the number now
		}
		if err := a.opts.Host.Kill(p.PID, p.Generation); err != nil {
			return err
		}
		a.mu.Lock()
		a.srv = nil
		a.mu.Unlock()
		if a.stopped != nil && a.Key().Session.IsSpare() {
			defer a.stopped()
		}
		return a.deleteProcess(ctx)
	})
}

// findProcess is the process that runs, or that another run of the server stored.
func (a *Agent) findProcess(ctx context.Context) (p Process, ok bool, err error) {
	if srv := a.Server(); srv != nil {
		return srv.process, true, nil
	}
	if a.opts.Processes == nil {
		return p, false, nil
	}
	return a.opts.Processes.Load(ctx, a.Key())
}

// stopIdle stops a process that nobody uses.
func (a *Agent) stopIdle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return a.withToken(ctx, func() error {
		a.mu.Lock()
		busy := a.users > 0
		a.mu.Unlock()
		if busy {
			return nil
		}
		return a.stop(ctx)
	})
}

// stop ends the process cleanly and deletes its record. The caller holds the token.
func (a *Agent) stop(ctx context.Context) error {
	a.mu.Lock()
	srv := a.srv
	a.srv = nil
	if a.idle != nil {
		a.idle.Stop()
	}
	a.mu.Unlock()
	if srv == nil {
		return nil
	}
	if a.stopped != nil {
		defer a.stopped()
	}
	if err := srv.stop(ctx); err != nil {
		return err
	}
	return a.deleteProcess(ctx)
}

// StopAll stops the processes of agents, side by side.
func StopAll(ctx context.Context, agents []*Agent) error {
	errs := make([]error, len(agents))
	var wg sync.WaitGroup
	for i, a := range agents {
		wg.Go(func() {
			errs[i] = CatchPanic(a.log, func() error {
				return a.withToken(ctx, func() error { return a.stop(ctx) })
			})
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// stop ends the process: first its runs, cleanly, then itself, then whatever is left.
func (s *Server) stop(ctx context.Context) error {
	if s.isAlive() {
		graceful, cancel := context.WithTimeout(ctx, 3*time.Second)
		if err := s.Client.DisposeAll(graceful); err != nil {
			s.agent.log.Warn("dispose OpenCode", "error", err)
		}
		cancel()
	}
	s.cancel() // its stream ends now because we end it
	if s.isAlive() {
		s.terminate(ctx)
	}
	return s.kill()
}

// kill ends the process and everything that bears its mark.
func (s *Server) kill() error {
	return s.agent.opts.Host.Kill(s.process.PID, s.process.Generation)
}

// terminate asks the process to end and waits a little.
func (s *Server) terminate(ctx context.Context) {
	p, err := os.FindProcess(s.process.PID)
	if err != nil || p.Signal(syscall.SIGTERM) != nil {
		return
	}
	deadline := time.NewTimer(2 * time.Second)
	defer deadline.Stop()
	for s.isAlive() {
		select {
		case <-s.exited:
		case <-deadline.C:
			return
		case <-ctx.Done():
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}
