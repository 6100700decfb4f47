package session

import "github.com/industrial-orchestrator/orchestrator/internal/domain/event"

// Batch is a set of changes from the agent that Record stores in one transaction.
type Batch struct {
	Events []event.Event
	// Cursor is the source position after these events, per conversation.
	Cursor map[string]int64
	// Asks are new approvals and questions.
	Asks []Ask
	// Gone are the source IDs of asks that the agent no longer waits for (answered elsewhere, or its process ended).
	Gone []string
	// Vanished are the asks that ended at the agent without an answer of ours, and not because its run or its process ended.
	Vanished []Vanished
	// Waiting, unless nil, lists the source IDs of all asks that the agent waits for now: every other open ask is gone.
	Waiting []string
	// Sent are the IDs of messages that the agent has received.
	Sent []string
	// Doing is one line about the agent's current activity; empty leaves it unchanged.
	Doing string
	// Parts are unfinished texts, which are replaced until their event arrives. A part whose event is in Events is removed.
	Parts []Part
	// Trouble is set if the work continues but something is wrong (degraded). An empty non-nil Reason clears it.
	Trouble *Reason
}

// Vanished is an ask that was answered, but not through this server.
type Vanished struct {
	SourceID string
	// Reply is the answer that the agent received: once, always, reject, or empty if nobody saw it.
	Reply Reply
}
