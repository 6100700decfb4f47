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
// fails with fault.NotFound when the team has none.
func (t *Team) Kill(ctx context.Context) error {
	return t.withToken(ctx, func() error {
		p, ok, err := t.findProcess(ctx)
		if err != nil {
			return err
		}
		if !ok {
			return fault.Missing("process")
		}
		t.log.Info("kill OpenCode by hand", "pid", p.PID)
		if started, err := t.opts.Host.StartTime(p.PID); err != nil || started != p.StartTime {
			p.PID = 0 // another program may bear the number now
		}
		if err := t.opts.Host.Kill(p.PID, t.mark(p)); err != nil {
			return err
		}
		t.mu.Lock()
		t.srv = nil
		t.mu.Unlock()
		return t.deleteProcess(ctx)
	})
}

// findProcess is the process that runs, or that another run of the server stored.
func (t *Team) findProcess(ctx context.Context) (p Process, ok bool, err error) {
	if srv := t.Server(); srv != nil {
		return srv.process, true, nil
	}
	if t.opts.Processes == nil {
		return p, false, nil
	}
	return t.opts.Processes.Load(ctx, t.id)
}

func (t *Team) stopIdle() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return t.withToken(ctx, func() error {
		t.mu.Lock()
		busy := t.users > 0
		t.mu.Unlock()
		if busy {
			return nil
		}
		return t.stop(ctx)
	})
}

// stop ends the process cleanly and deletes its record. The caller holds the token.
func (t *Team) stop(ctx context.Context) error {
	t.mu.Lock()
	srv := t.srv
	t.srv = nil
	if t.idle != nil {
		t.idle.Stop()
	}
	t.mu.Unlock()
	if srv == nil {
		return nil
	}
	if err := srv.stop(ctx); err != nil {
		return err
	}
	return t.deleteProcess(ctx)
}

// StopAll stops the processes of teams, side by side.
func StopAll(ctx context.Context, teams []*Team) error {
	errs := make([]error, len(teams))
	var wg sync.WaitGroup
	for i, t := range teams {
		wg.Go(func() {
			errs[i] = CatchPanic(t.log, func() error {
				return t.withToken(ctx, func() error { return t.stop(ctx) })
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
			s.team.log.Warn("dispose OpenCode", "error", err)
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
	return s.team.opts.Host.Kill(s.process.PID, s.team.mark(s.process))
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
