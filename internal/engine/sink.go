package engine

import (
	"context"
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// sink writes down what the runner reports about a drive's attempt.
type sink struct{ d *drive }

// Conversation stores the agent's own session id.
func (s sink) Conversation(ctx context.Context, id string) error {
	s.d.hear()
	return s.d.persist(ctx, "store a conversation's id", func(ctx context.Context) error {
		return s.d.e.app.SetConversation(ctx, s.d.lease, id)
	})
}

// Record stores a batch; the first one after a silence says that the silence is over.
func (s sink) Record(ctx context.Context, b runner.Batch) error {
	if s.d.hear() && b.Trouble == nil {
		b.Trouble = &session.Reason{}
	}
	err := s.d.persist(ctx, "store a report", func(ctx context.Context) error { return s.d.e.app.Record(ctx, s.d.lease, b) })
	if err == nil && touches(b.Events) {
		s.d.touch()
	}
	return err
}

// Live shows a growing text to who is watching.
func (s sink) Live(p runner.Part) {
	s.d.hear()
	s.d.e.app.Live(s.d.lease, p)
}

// touches says whether a tool may have changed the tree.
func touches(es []event.Event) bool {
	return slices.ContainsFunc(es, func(e event.Event) bool {
		if e.Type != event.AgentTool {
			return false
		}
		t := event.Decode[event.Tool](e)
		return t.Status == "completed" && t.Tool != "read" && t.Tool != "grep" && t.Tool != "glob" && t.Tool != "list" && t.Tool != "todowrite"
	})
}

func (d *drive) touch() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.touched = true
}

// hear notes that the agent is there; recovered says that it had been silent for too long.
func (d *drive) hear() (recovered bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heard, d.last = true, d.e.clock.Now()
	recovered, d.stalled = d.stalled, false
	return recovered
}
