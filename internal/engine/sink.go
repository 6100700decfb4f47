package engine

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/session"
)

// sink writes down what the runner reports about a drive's attempt.
type sink struct{ d *drive }

// Conversation stores the agent's own session id.
func (s sink) Conversation(ctx context.Context, id string) error {
	s.d.hear()
	return s.d.e.app.SetConversation(ctx, s.d.lease, id)
}

// Record stores a batch; the first one after a silence says that the silence is over.
func (s sink) Record(ctx context.Context, b runner.Batch) error {
	if s.d.hear() && b.Trouble == nil {
		b.Trouble = &session.Reason{}
	}
	return s.d.e.app.Record(ctx, s.d.lease, b)
}

// Live shows a growing text to who is watching.
func (s sink) Live(p runner.Part) {
	s.d.hear()
	s.d.e.app.Live(s.d.lease, p)
}

// hear notes that the agent is there; recovered says that it had been silent for too long.
func (d *drive) hear() (recovered bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heard, d.last = true, d.e.clock.Now()
	recovered, d.stalled = d.stalled, false
	return recovered
}
