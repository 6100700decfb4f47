package turn

import (
	"context"
	"errors"
	"fmt"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
)

var panicked = session.Reason{Code: session.AgentError,
	Message: "The session stopped because the server could not process an event from the agent. The details are in the server log."}

// failAfterPanic ends the turn after a panic. The agent is aborted, so that it does not work on unseen, and the entry that
// was being applied is stored as it came, with its number: the next turn does not meet it again.
func (t *Turn) failAfterPanic(p any, stack []byte) (runner.Outcome, error) {
	t.log.Error("a turn panicked", "panic", fmt.Sprint(p), "stack", string(stack))
	ctx, cancel := context.WithTimeout(context.Background(), abortWithin)
	defer cancel()
	t.outbox.close()
	err := errors.Join(
		proc.CatchPanic(t.log, func() error { return t.stopAgent(ctx) }),
		proc.CatchPanic(t.log, func() error {
			t.transcript.keepPoison()
			return t.report.store(ctx)
		}))
	if err != nil {
		t.log.Warn("end a turn that panicked", "error", err)
	}
	return failed(panicked)
}
