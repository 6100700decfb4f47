// Package turn plays one turn of a session at OpenCode: a prompt and all that follows. What was applied (transcript), what
// was sent (outbox), how it ends (verdict) and what is to be recorded (report) are types with their own guards; a Turn
// brings them together in one loop.
package turn

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// ErrNone is the answer to a signal that no turn takes any more.
var ErrNone = fault.New(fault.Conflict, "This session has no running turn.")

// Turn is one turn. Run may be called once; Abort and Signal are safe at any time.
type Turn struct {
	job     runner.Job
	clock   clock.Clock
	log     *slog.Logger
	srv     *proc.Server
	inbox   *proc.Inbox
	sink    runner.Sink
	ended   chan struct{} // closed by Finish
	opened  chan struct{} // closed when signals are accepted
	aborted chan struct{} // closed by Abort
	abort   sync.Once

	report     *report
	outbox     *outbox
	verdict    *verdict
	transcript *transcript
}

// New makes a turn of a job. Types of events that this version of OpenCode does not have are counted in unknown.
func New(job runner.Job, sink runner.Sink, c clock.Clock, log *slog.Logger, unknown *wire.Counter) *Turn {
	t := &Turn{job: job, clock: c, log: log.With("session", string(job.Session)), sink: sink, inbox: proc.NewInbox(),
		ended: make(chan struct{}), opened: make(chan struct{}), aborted: make(chan struct{}),
		report: newReport(sink, job.Imports), outbox: newOutbox(), verdict: &verdict{}}
	t.transcript = newTranscript(job.Cursor, unknown, t.report, t.outbox, t.verdict)
	return t
}

// Abort asks the turn to end as Aborted.
func (t *Turn) Abort() { t.abort.Do(func() { close(t.aborted) }) }

// Finish closes Ended; call it once, when the turn has ended or will not begin.
func (t *Turn) Finish() { close(t.ended) }

// Ended is closed by Finish.
func (t *Turn) Ended() <-chan struct{} { return t.ended }

// errSink is an error of the sink: the attempt is no longer ours.
type errSink struct{ error }

func (e errSink) Unwrap() error { return e.error }

func failed(why session.Reason) (runner.Outcome, error) {
	return runner.Outcome{End: runner.Failed, Reason: why}, nil
}

// Run plays the turn at a process and reports until it ends. A panic fails the turn.
func (t *Turn) Run(parent context.Context, srv *proc.Server) (out runner.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = t.failAfterPanic(p, debug.Stack())
		}
	}()
	ctx, cancel := t.untilAborted(parent)
	defer cancel()
	t.attach(srv)
	out, err = t.play(ctx)
	if err == nil && ctx.Err() == nil {
		return out, nil
	}
	var sink errSink
	switch {
	case errors.As(err, &sink):
		return runner.Outcome{End: runner.Lost}, sink.error
	case ctx.Err() != nil:
		return t.finishAborted(), nil
	}
	return t.explain(err)
}

// untilAborted is a context that also ends with Abort.
func (t *Turn) untilAborted(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	go func() {
		select {
		case <-t.aborted:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

func (t *Turn) attach(srv *proc.Server) {
	t.srv, t.transcript.family = srv, srv.Family
	t.transcript.keepEarlier(t.job.Asks, srv.Process().StartedAt)
}

// explain is the outcome of a call to OpenCode that failed.
func (t *Turn) explain(err error) (runner.Outcome, error) {
	t.log.Warn("OpenCode turn", "error", err)
	var u *proc.Unready
	var refused *wire.Refusal
	switch {
	case errors.As(err, &u):
		return failed(u.Reason)
	case errors.As(err, &refused):
		return failed(session.Reason{Code: session.AgentError, Message: "OpenCode rejected a request: " + sentence(refused.What)})
	}
	return t.end(context.Background(), runner.Outcome{End: runner.Lost,
		Reason: session.Reason{Code: session.RunnerLost, Message: "The connection to OpenCode was lost."}})
}

// end stores what is left and ends the turn.
func (t *Turn) end(ctx context.Context, out runner.Outcome) (runner.Outcome, error) {
	t.outbox.close()
	if err := t.report.store(ctx); err != nil {
		return runner.Outcome{}, err
	}
	return out, nil
}
