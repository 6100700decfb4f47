package opencode

import (
	"context"
	"sync"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
)

// preparation is the start of a process before its turn.
type preparation struct {
	done chan struct{} // closed when the start has ended
	err  error
}

// Take gives the session a spare, if one fits.
func (r *Runner) Take(ctx context.Context, job runner.Job) bool {
	key, use := keyOf(job)
	if job.Conversation != "" {
		return false
	}
	taken := false
	err := proc.CatchPanic(r.log, func() error {
		taken = r.pool.Take(ctx, key, use)
		return nil
	})
	return err == nil && taken
}

// keyOf is the process of a job and what it needs of it. What the tree says about its agents could allow what the session's agent may not
// do, so it does not count for an agent with rules of its own.
func keyOf(job runner.Job) (proc.Key, proc.Use) {
	own := job.OwnConfig && (job.Spec == nil || len(job.Spec.Permissions) == 0)
	return proc.Key{Tenant: job.Tenant, Session: job.Session}, proc.Use{OwnConfig: own, Repository: job.Repository, Spec: job.Spec}
}

// Prepare begins to start the session's process. One whose conversation has to be carried over starts with its turn.
func (r *Runner) Prepare(ctx context.Context, job runner.Job) (ready <-chan struct{}, release func()) {
	key, use := keyOf(job)
	p := &preparation{done: make(chan struct{})}
	if r.closing.Load() || r.pool.NeedsCarry(key, job.Conversation) {
		close(p.done)
		return p.done, func() {}
	}
	r.pool.Hold(key)
	r.mu.Lock()
	r.prepared[key] = p
	r.mu.Unlock()
	go func() {
		defer close(p.done)
		p.err = proc.CatchPanic(r.log, func() error {
			_, err := r.pool.Acquire(ctx, key, use)
			if err == nil {
				r.pool.Release(key)
			}
			return err
		})
	}()
	return p.done, sync.OnceFunc(func() {
		<-p.done
		r.pool.Drop(key)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.prepared[key] == p {
			delete(r.prepared, key)
		}
	})
}

// awaitPreparation waits until the session's process has started, if it was prepared, and returns why it has not. A later turn starts it
// itself.
func (r *Runner) awaitPreparation(ctx context.Context, k proc.Key) error {
	r.mu.Lock()
	p := r.prepared[k]
	delete(r.prepared, k)
	r.mu.Unlock()
	if p == nil {
		return nil
	}
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// started tells when the agent has reported its first event or word of a turn.
type started struct {
	runner.Sink
	once sync.Once
	then func()
}

// Record stores the batch.
func (s *started) Record(ctx context.Context, b runner.Batch) error {
	err := s.Sink.Record(ctx, b)
	if err == nil && len(b.Events)+len(b.Parts) > 0 {
		s.once.Do(s.then)
	}
	return err
}

// Live shows a growing text.
func (s *started) Live(p runner.Part) {
	s.once.Do(s.then)
	s.Sink.Live(p)
}

// Rewind lets the conversation of a session without a running turn end at an earlier message.
func (r *Runner) Rewind(ctx context.Context, job runner.Job, to session.Rewind) (found bool, err error) {
	key, use := keyOf(job)
	err = proc.CatchPanic(r.log, func() error {
		found, err = r.pool.Rewind(ctx, key, use, job.Dir, to)
		return err
	})
	return found, err
}
