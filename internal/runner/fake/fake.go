// Package fake plays scripts in place of agents: for load, and for edges that a real agent does not show on demand.
// It proves nothing about real agents.
package fake

import (
	"context"
	"fmt"
	"sync"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// Turn is what a script sees of one Execute.
type Turn struct {
	Job     runner.Job
	Sink    runner.Sink
	Signals <-chan runner.Signal
	// N counts the turns of this session from 1.
	N int
}

// Script plays one turn. It returns when ctx ends, as a runner does.
type Script func(ctx context.Context, t Turn) (runner.Outcome, error)

// Runner plays its script for every turn. It is safe for concurrent use.
type Runner struct {
	script Script
	mu     sync.Mutex
	turns  map[key]chan runner.Signal
	count  map[key]int
}

type key struct {
	tenant  tenant.ID
	session session.ID
}

var _ runner.Runner = (*Runner)(nil)

// New makes a runner of script.
func New(script Script) *Runner {
	return &Runner{script: script, turns: map[key]chan runner.Signal{}, count: map[key]int{}}
}

// Execute names a conversation, takes the job's messages and plays the script.
func (r *Runner) Execute(ctx context.Context, job runner.Job, sink runner.Sink) (runner.Outcome, error) {
	t, err := r.enter(job, sink)
	if err != nil {
		return runner.Outcome{}, err
	}
	defer r.leave(job)
	if job.Conversation == "" {
		if err := sink.Conversation(ctx, "ses_"+string(job.Session)); err != nil {
			return runner.Outcome{}, err
		}
	}
	var sent []string
	for _, m := range job.Messages {
		sent = append(sent, m.ID)
	}
	if err := sink.Record(ctx, runner.Batch{Sent: sent}); err != nil {
		return runner.Outcome{}, err
	}
	out, err := r.script(ctx, t)
	if ctx.Err() != nil {
		return runner.Outcome{End: runner.Aborted}, nil
	}
	return out, err
}

func (r *Runner) enter(job runner.Job, sink runner.Sink) (Turn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := key{job.Tenant, job.Session}
	if r.turns[k] != nil {
		return Turn{}, fault.New(fault.Conflict, "This session already has a running turn.")
	}
	signals := make(chan runner.Signal, 100)
	r.turns[k] = signals
	r.count[k]++
	return Turn{Job: job, Sink: sink, Signals: signals, N: r.count[k]}, nil
}

func (r *Runner) leave(job runner.Job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.turns, key{job.Tenant, job.Session})
}

// Signal hands a signal to the session's turn; Conflict when there is none.
func (r *Runner) Signal(_ context.Context, t tenant.ID, s session.ID, sig runner.Signal) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	signals := r.turns[key{t, s}]
	if signals == nil {
		return fault.New(fault.Conflict, "This session has no running turn.")
	}
	signals <- sig
	return nil
}

// Close has nothing to end: turns end with their contexts.
func (*Runner) Close(context.Context) error { return nil }

// Say records a finished text. The key names it within the attempt, so that saying it twice stores it once.
func (t Turn) Say(ctx context.Context, key, text string) error {
	e := event.New(event.AgentMessage, event.Actor{Kind: "agent"}, event.Text{MessageID: "msg_" + key, PartID: "prt_" + key, Text: text})
	e.SourceKey = fmt.Sprintf("%s:%d:%s", t.Job.Session, t.N, key)
	return t.Sink.Record(ctx, runner.Batch{Events: []event.Event{e}})
}
