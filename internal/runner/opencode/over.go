package opencode

import (
	"context"
	"slices"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// An idle conversation without an answer is told its last message again after patience, then after twice as long, at most
// maxNudges times.
const (
	patience  = 3 * time.Second
	maxNudges = 4
)

var lost = runner.Outcome{End: runner.Lost, Reason: session.Reason{Code: session.RunnerLost, Message: "The OpenCode process ended."}}

// over says whether the turn has ended, and how.
func (t *turn) over(ctx context.Context) (out runner.Outcome, over bool, err error) {
	switch {
	case t.lost:
		out, err = t.end(ctx, lost)
		return out, true, err
	case t.orphan:
		out, err = t.end(ctx, runner.Outcome{End: runner.Orphan})
		return out, true, err
	case t.broken || !t.idle || t.telling():
		t.since = time.Time{}
		return out, false, nil
	case !t.settled():
		return t.wait(ctx)
	}
	if busy, err := t.busy(ctx); err != nil || busy {
		t.idle = !busy
		return out, false, err
	}
	if !t.shut() {
		return out, false, nil
	}
	out, err = t.end(ctx, t.verdict())
	return out, true, err
}

// busy asks OpenCode itself, before an end is believed.
func (t *turn) busy(ctx context.Context) (bool, error) {
	statuses, err := t.srv.client.statuses(ctx, t.job.Dir)
	_, busy := statuses[t.conversation]
	return busy, err
}

// telling says whether a message is on its way.
func (t *turn) telling() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.inflight > 0
}

// settled says whether the newest answer is whole and answers every message.
func (t *turn) settled() bool { return t.concluded() && t.unanswered() == nil }

// concluded says whether the newest answer is an end. One that only called tools is none, unless a person refused a call.
func (t *turn) concluded() bool {
	a := t.assistant
	if a.Error != nil {
		return true
	}
	if a.Finish == "tool-calls" {
		return t.refused == a.ID
	}
	return a.Time.Completed > 0 && a.Finish != "" && a.Finish != "unknown"
}

// unanswered is the newest message that has no answer.
func (t *turn) unanswered() *given {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, g := range slices.Backward(t.given) {
		if !t.answers(g) {
			return g
		}
	}
	return nil
}

// answers says whether the newest answer was made with g in view. The caller holds mu.
func (t *turn) answers(g *given) bool {
	return g.seen && t.assistant.ParentID >= g.id && t.assistant.ID > g.after
}

// shut refuses further signals, unless one came meanwhile.
func (t *turn) shut() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, g := range t.given {
		if !t.answers(g) {
			return false
		}
	}
	t.closed = t.inflight == 0
	return t.closed
}

// end stores what is left and ends the turn.
func (t *turn) end(ctx context.Context, out runner.Outcome) (runner.Outcome, error) {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	if err := t.store(ctx); err != nil {
		return runner.Outcome{}, err
	}
	return out, nil
}

// verdict is what the newest answer means.
func (t *turn) verdict() runner.Outcome {
	a := t.assistant
	switch {
	case a.Error != nil:
		return runner.Outcome{End: runner.Failed, Reason: a.Error.reason()}
	case a.Finish == "tool-calls":
		return runner.Outcome{End: runner.Done, Reason: session.Reason{Code: session.ByUser, Message: "The agent stopped because one of its requests was rejected."}}
	case a.Finish == "length":
		return runner.Outcome{End: runner.Failed, Reason: outputLimit}
	case a.Finish == "content-filter":
		return runner.Outcome{End: runner.Failed, Reason: filtered}
	}
	return runner.Outcome{End: runner.Done}
}

// wait is what is done about an idle conversation that has not answered.
func (t *turn) wait(ctx context.Context) (out runner.Outcome, over bool, err error) {
	now := time.Now()
	if t.since.IsZero() {
		t.since = now
	}
	idle := now.Sub(t.since)
	if failed := t.failure != nil && idle > time.Second; !failed && idle < patience<<t.nudges {
		return out, false, nil
	}
	t.since = now
	if err := t.catchUp(ctx); err != nil || !t.idle || t.settled() {
		return out, false, err
	}
	if t.failure != nil {
		return t.fail(ctx, *t.failure)
	}
	if t.nudges == maxNudges {
		return t.fail(ctx, sourceError{Name: "Silence", Data: errorData{Message: "OpenCode stopped in the middle and does not go on."}})
	}
	t.nudges++
	return out, false, t.nudge(ctx)
}

// fail ends the turn with an error that no message holds.
func (t *turn) fail(ctx context.Context, e sourceError) (runner.Outcome, bool, error) {
	t.say(entry{of: t.conversation}, "failure:"+t.newestID(), stamp(0), event.AgentError, e.event())
	out, err := t.end(ctx, runner.Outcome{End: runner.Failed, Reason: e.reason()})
	return out, true, err
}

// nudge tells the newest message again. One that came too late for the answer before it, and sorts before it, is told
// under a later id: OpenCode would never look at it.
func (t *turn) nudge(ctx context.Context) error {
	g := t.unanswered()
	if g == nil {
		g = t.lastSent()
	}
	if g == nil {
		return nil
	}
	t.mu.Lock()
	if t.assistant.ID > g.id && t.assistant.ParentID < g.id {
		m := session.Message{ID: g.id, PartID: g.part}
		g.id, g.part = placed(m, t.newest, t.r.opts.Clock.Now())
		g.seen = false
	}
	t.mu.Unlock()
	return t.again(ctx, g)
}

// newestID is the newest message id of the conversation; signals move it on.
func (t *turn) newestID() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.newest
}

// lastSent is the message that was sent last, or nil.
func (t *turn) lastSent() *given {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.given) == 0 {
		return nil
	}
	return t.given[len(t.given)-1]
}
