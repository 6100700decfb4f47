package opencode

import (
	"context"
	"errors"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// An aborted turn has this long to stop cleanly; it is looked at every abortLook, and its last answer abortLooks times.
const (
	abortWithin = 6 * time.Second
	abortLook   = 100 * time.Millisecond
	abortLooks  = 20
)

// aborted stops the agent, stores what came until it stood still, and ends the turn.
func (t *turn) aborted() runner.Outcome {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	out := runner.Outcome{End: runner.Aborted}
	if t.conversation == "" || t.srv.isDead() {
		return out
	}
	ctx, cancel := context.WithTimeout(context.Background(), abortWithin)
	defer cancel()
	err := t.still(ctx)
	if err == nil {
		err = t.rest(ctx)
	}
	if err != nil {
		t.r.log.Warn("abort an OpenCode turn", "session", string(t.job.Session), "error", err)
	}
	return out
}

// still aborts until nothing of the conversation runs. A message that may just have been told can begin its run after the
// first abort, so stillness is seen twice then.
func (t *turn) still(ctx context.Context) error {
	need := 1
	if t.unanswered() != nil {
		need = 2
	}
	for calm := 0; calm < need && ctx.Err() == nil; {
		if err := t.srv.client.abort(ctx, t.conversation); err != nil {
			return err
		}
		runs, err := t.runs(ctx)
		if err != nil {
			return err
		}
		if calm++; runs {
			calm = 0
		}
		if calm < need {
			pause(ctx, abortLook)
		}
	}
	return ctx.Err()
}

// runs says whether the conversation or a sub-agent's works; sub-agents are aborted on the way.
func (t *turn) runs(ctx context.Context) (runs bool, err error) {
	statuses, err := t.srv.client.statuses(ctx, t.job.Dir)
	if err != nil {
		return false, err
	}
	var errs []error
	for id := range statuses {
		if !t.srv.isOf(id, t.conversation) {
			continue
		}
		runs = true
		if id != t.conversation {
			errs = append(errs, t.srv.client.abort(ctx, id))
		}
	}
	return runs, errors.Join(errs...)
}

// rest applies what came and stores it. OpenCode is idle a moment before it closes the answer it aborted.
func (t *turn) rest(ctx context.Context) error {
	for _, i := range t.box.take() {
		if i.kind == itemEvent {
			if err := t.apply(ctx, i); err != nil {
				return err
			}
		}
	}
	for range abortLooks {
		if err := t.replay(ctx); err != nil {
			return err
		}
		if t.assistant.ID == "" || t.assistant.Time.Completed > 0 {
			break
		}
		pause(ctx, abortLook)
	}
	return t.store(ctx)
}

func pause(ctx context.Context, d time.Duration) {
	wait := time.NewTimer(d)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
}
