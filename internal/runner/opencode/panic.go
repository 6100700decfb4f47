package opencode

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

var panicked = session.Reason{Code: session.AgentError,
	Message: "The session stopped because the server could not process an event of the agent. The server's log has the details."}

// failAfterPanic ends the turn after a panic. The agent is aborted, so that it does not work on unseen, and the event that
// was applied is stored as it came with its number: the next turn does not meet it again.
func (t *turn) failAfterPanic(p any, stack []byte) (runner.Outcome, error) {
	t.r.log.Error("a turn panicked", "session", string(t.job.Session), "panic", fmt.Sprint(p), "stack", string(stack))
	ctx, cancel := context.WithTimeout(context.Background(), abortWithin)
	defer cancel()
	err := catchPanic(t.r.log, func() error { return t.still(ctx) })
	err = errors.Join(err, catchPanic(t.r.log, func() error {
		t.keepPoison()
		_, err := t.end(ctx, runner.Outcome{})
		return err
	}))
	if err != nil {
		t.r.log.Warn("end a turn that panicked", "session", string(t.job.Session), "error", err)
	}
	return failed(panicked)
}

// keepPoison puts the entry that was being applied into the batch as it came.
func (t *turn) keepPoison() {
	if e := t.applying; e != nil {
		t.applying = nil
		t.say(*e, "", time.Time{}, event.AgentRaw, raw(e.kind, e.data))
	}
}

// catchPanic does do; a panic becomes an error and leaves its stack in the log.
func catchPanic(log *slog.Logger, do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("panic", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return do()
}
