package turn

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// loop applies what happens until the turn is over.
func (t *Turn) loop(ctx context.Context) (runner.Outcome, error) {
	for {
		for _, i := range t.inbox.Drain() {
			t.verdict.hear(t.clock.Now())
			if err := t.handle(ctx, i); err != nil {
				return runner.Outcome{}, err
			}
		}
		if err := t.report.flush(ctx); err != nil {
			return runner.Outcome{}, err
		}
		out, over, err := t.checkEnd(ctx)
		if err != nil || over {
			return out, err
		}
		if err := t.awaitNews(ctx); err != nil {
			return runner.Outcome{}, err
		}
	}
}

// awaitNews waits for the next item, or until there may be something to do although nothing happened.
func (t *Turn) awaitNews(ctx context.Context) error {
	wait := time.Second
	if t.report.hasUnsaved() {
		wait = PartEvery
	}
	wake := time.NewTimer(wait)
	defer wake.Stop()
	select {
	case <-t.inbox.Bell():
	case <-wake.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

func (t *Turn) handle(ctx context.Context, i proc.Item) error {
	switch i.Kind {
	case proc.ProcessLost:
		t.verdict.setLost()
	case proc.StreamBroken:
		t.verdict.setBroken(true)
	case proc.StreamOpened, proc.EventsDropped:
		return t.catchUp(ctx)
	case proc.EventArrived:
		return t.applyEvent(ctx, i)
	}
	return nil
}

// applyEvent applies an item of the stream. A gap in the numbers means that the stream lost something, which the history
// still has.
func (t *Turn) applyEvent(ctx context.Context, i proc.Item) error {
	p := i.Event.Payload
	if p.Sync == nil {
		t.transcript.applyLive(i.Of, p)
		return nil
	}
	e := entry{of: i.Of, seq: int64(p.Sync.Seq), kind: p.Sync.Type, data: p.Sync.Data, live: true}
	if t.transcript.isGap(e) {
		if err := t.replay(ctx); err != nil {
			return err
		}
	}
	t.transcript.apply(e)
	return nil
}

// checkEnd reports whether the turn has ended, and how.
func (t *Turn) checkEnd(ctx context.Context) (out runner.Outcome, over bool, err error) {
	if out, over = t.verdict.gone(); over {
		out, err = t.end(ctx, out)
		return out, true, err
	}
	if !t.verdict.mayEnd() || t.outbox.isSending() {
		t.verdict.resetWait()
		t.lookAgain(ctx)
		return out, false, nil
	}
	if !t.isSettled() {
		return t.waitForAnswer(ctx)
	}
	// The turn stays idle: if OpenCode really works again it says so, and if its status is only stale it says nothing more.
	if busy, err := t.isBusy(ctx); err != nil || busy {
		return out, false, err
	}
	if !t.outbox.closeIfAnswered(t.transcript.newestAnswer()) {
		return out, false, nil
	}
	out, err = t.end(ctx, outcomeOf(t.transcript.newestAnswer()))
	return out, true, err
}

// isBusy asks OpenCode itself, before an end is believed.
func (t *Turn) isBusy(ctx context.Context) (bool, error) {
	statuses, err := t.srv.Client.Statuses(ctx, t.job.Dir)
	_, busy := statuses[t.transcript.conversationID()]
	return busy, err
}

// lookAgain asks a quiet OpenCode whether it still works. It says only once that a conversation is idle, and that may have been before the
// stream was read, while its status came late.
func (t *Turn) lookAgain(ctx context.Context) {
	if t.verdict.isIdle() || !t.verdict.isQuiet(t.clock.Now()) {
		return
	}
	if busy, err := t.isBusy(ctx); err == nil && !busy {
		t.verdict.setIdle(true)
	}
}

// isSettled reports whether the newest answer is complete and answers every message.
func (t *Turn) isSettled() bool {
	return t.transcript.isConcluded() && t.outbox.newestUnanswered(t.transcript.newestAnswer()) == nil
}

// waitForAnswer handles an idle conversation that has not answered: it waits, catches up, and sends the newest message again.
func (t *Turn) waitForAnswer(ctx context.Context) (out runner.Outcome, over bool, err error) {
	if !t.verdict.waitedEnough(time.Now()) {
		return out, false, nil
	}
	if err := t.catchUp(ctx); err != nil || !t.verdict.isIdle() || t.isSettled() {
		return out, false, err
	}
	if f := t.verdict.failureNow(); f != nil {
		return t.fail(ctx, *f)
	}
	if !t.verdict.countResend() {
		return t.fail(ctx, wire.Failure{Name: silence, Data: wire.FailureData{Message: "OpenCode stopped before the answer was complete and did not continue."}})
	}
	return out, false, t.resendNewest(ctx)
}

// fail ends the turn with an error that no message holds.
func (t *Turn) fail(ctx context.Context, f wire.Failure) (runner.Outcome, bool, error) {
	t.report.add(entry{of: t.transcript.conversationID()}, "failure:"+t.outbox.newestID(), stamp(0), event.AgentError, errorEvent(f))
	out, err := t.end(ctx, runner.Outcome{End: runner.Failed, Reason: reasonOf(f)})
	return out, true, err
}
