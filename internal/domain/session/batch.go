package session

import "github.com/industrial-orchestrator/orchestrator/internal/domain/event"

// Batch is what became known together; Record stores it in one transaction.
type Batch struct {
	Events []event.Event
	// Cursor names the source position after these events, per conversation.
	Cursor map[string]int64
	// Asks are permissions and questions newly asked.
	Asks []Ask
	// Gone are source ids of asks that no longer wait at the agent (replied elsewhere, or its process died).
	Gone []string
	// Waiting, unless nil, are the source ids of all asks that wait at the agent now: every other open ask is gone.
	Waiting []string
	// Sent are ids of messages the agent has taken.
	Sent []string
	// Doing is one line about what the agent does now; empty leaves it as it was.
	Doing string
	// Parts are texts that still grow, replaceable until their event comes; a part whose event is in Events is removed.
	Parts []Part
	// Trouble is set when the work goes on but something is wrong (degraded), cleared by an empty non-nil Reason.
	Trouble *Reason
}
