package turn

import (
	"context"
	"errors"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// An aborted turn has abortWithin to stop cleanly; it is looked at every abortLook, and its last answer abortLooks times.
const (
	abortWithin = 6 * time.Second
	abortLook   = 100 * time.Millisecond
	abortLooks  = 20
)

// finishAborted stops the agent, stores what came until it stood still, and ends the turn.
func (t *Turn) finishAborted() runner.Outcome {
	t.outbox.close()
	out := runner.Outcome{End: runner.Aborted}
	if t.transcript.conversationID() == "" || t.srv.IsDead() {
		return out
	}
	ctx, cancel := context.WithTimeout(context.Background(), abortWithin)
	defer cancel()
	err := t.stopAgent(ctx)
	if err == nil {
		err = t.storeRest(ctx)
	}
	if err != nil {
		t.log.Warn("abort an OpenCode turn", "error", err)
	}
	return out
}

// stopAgent aborts until nothing of the conversation runs. A message that was just sent can begin its run after the first
// abort; then the conversation has to be seen idle twice.
func (t *Turn) stopAgent(ctx context.Context) error {
	need := 1
	if t.outbox.newestUnanswered(t.transcript.newestAnswer()) != nil {
		need = 2
	}
	for calm := 0; calm < need && ctx.Err() == nil; {
		if err := t.srv.Client.Abort(ctx, t.transcript.conversationID()); err != nil {
			return err
		}
		runs, err := t.abortSubAgents(ctx)
		if err != nil {
			return err
		}
		if calm++; runs {
			calm = 0
		}
		if calm < need {
			wire.Pause(ctx, abortLook)
		}
	}
	return ctx.Err()
}

// abortSubAgents aborts the sub-agents that run. It reports whether the conversation or one of them runs.
func (t *Turn) abortSubAgents(ctx context.Context) (runs bool, err error) {
	statuses, err := t.srv.Client.Statuses(ctx, t.job.Dir)
	if err != nil {
		return false, err
	}
	conversation := t.transcript.conversationID()
	var errs []error
	for id := range statuses {
		if !t.srv.Family.Contains(conversation, id) {
			continue
		}
		runs = true
		if id != conversation {
			errs = append(errs, t.srv.Client.Abort(ctx, id))
		}
	}
	return runs, errors.Join(errs...)
}

// storeRest applies what came and stores it. OpenCode is idle a moment before it closes the answer it aborted.
func (t *Turn) storeRest(ctx context.Context) error {
	for _, i := range t.inbox.Drain() {
		if i.Kind != proc.EventArrived {
			continue
		}
		if err := t.applyEvent(ctx, i); err != nil {
			return err
		}
	}
	for range abortLooks {
		if err := t.replay(ctx); err != nil {
			return err
		}
		if a := t.transcript.newestAnswer(); a.ID == "" || a.Time.Completed > 0 {
			break
		}
		wire.Pause(ctx, abortLook)
	}
	return t.report.store(ctx)
}
