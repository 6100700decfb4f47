package engine

import (
	"context"
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// sink stores the reports of the runner about the attempt of a drive.
type sink struct{ d *drive }

// Conversation stores the agent's own session id.
func (s sink) Conversation(ctx context.Context, id string) error {
	s.d.noteReport()
	return s.d.persist(ctx, "store a conversation's id", func(ctx context.Context) error {
		return s.d.e.app.Work.SetConversation(ctx, s.d.lease, id)
	})
}

// DropCursors forgets how far the session's conversations were read.
func (s sink) DropCursors(ctx context.Context) error {
	return s.d.persist(ctx, "forget how far a conversation was read", func(ctx context.Context) error { return s.d.e.app.Work.DropCursors(ctx, s.d.lease) })
}

// Record stores a batch. The first one after a recorded silence also records its end.
func (s sink) Record(ctx context.Context, b runner.Batch) error {
	if s.d.noteReport() && b.Trouble == nil {
		b.Trouble = &session.Reason{}
	}
	err := s.d.persist(ctx, "store a report", func(ctx context.Context) error { return s.d.e.app.Work.Record(ctx, s.d.lease, b) })
	if err == nil && mayTouch(b.Events) {
		s.d.noteTouch()
	}
	return err
}

// Live sends a growing text to the people who have the session open.
func (s sink) Live(p runner.Part) {
	s.d.noteReport()
	s.d.e.app.Work.SendLive(s.d.lease, p)
}

// mayTouch reports whether the events include a tool that may have changed the tree.
func mayTouch(es []event.Event) bool {
	return slices.ContainsFunc(es, func(e event.Event) bool {
		if e.Type != event.AgentTool {
			return false
		}
		t := event.Decode[event.Tool](e)
		return t.Status == "completed" && t.Tool != "read" && t.Tool != "grep" && t.Tool != "glob" && t.Tool != "list" && t.Tool != "todowrite"
	})
}

func (d *drive) noteTouch() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.isTouched = true
}

// noteReport records the time of a report; recovered reports whether the agent had been silent for too long before it.
func (d *drive) noteReport() (recovered bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hasReported, d.lastReport = true, d.e.clock.Now()
	recovered, d.isStalled = d.isStalled, false
	return recovered
}
