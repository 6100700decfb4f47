package wire

import "encoding/json"

// HistoryEntry is one entry of the durable log.
type HistoryEntry struct {
	ID        string          `json:"id"`
	Aggregate string          `json:"aggregate_id"`
	Seq       int64           `json:"seq"`
	Type      string          `json:"type"`
	Data      json.RawMessage `json:"data"`
}

// Event is one frame of the stream over all directories.
type Event struct {
	Directory string  `json:"directory"`
	Payload   Payload `json:"payload"`
}

// Payload is an event itself; Sync is set for an entry of the durable log.
type Payload struct {
	ID         string          `json:"id"`
	Type       string          `json:"type"`
	Properties json.RawMessage `json:"properties"`
	Sync       *SyncEvent      `json:"syncEvent"`
}

// SyncEvent is an entry of the durable log as the stream carries it.
type SyncEvent struct {
	ID        string          `json:"id"`
	Type      string          `json:"type"`
	Seq       float64         `json:"seq"`
	Aggregate string          `json:"aggregateID"`
	Data      json.RawMessage `json:"data"`
}

// SessionChanged is the data of session.created, session.updated and session.deleted.
type SessionChanged struct {
	SessionID string  `json:"sessionID"`
	Info      Session `json:"info"`
}

// MessageChanged is the data of message.updated.
type MessageChanged struct {
	SessionID string  `json:"sessionID"`
	Info      Message `json:"info"`
}

// PartChanged is the data of message.part.updated.
type PartChanged struct {
	SessionID string  `json:"sessionID"`
	Part      Part    `json:"part"`
	Time      float64 `json:"time"`
}

// PartDelta is the data of message.part.delta: text that a piece has grown by.
type PartDelta struct {
	SessionID string `json:"sessionID"`
	MessageID string `json:"messageID"`
	PartID    string `json:"partID"`
	Field     string `json:"field"`
	Delta     string `json:"delta"`
}

// StatusChanged is the data of session.status.
type StatusChanged struct {
	SessionID string `json:"sessionID"`
	Status    Status `json:"status"`
}

// FailureRaised is the data of session.error.
type FailureRaised struct {
	SessionID string   `json:"sessionID"`
	Error     *Failure `json:"error"`
}

// Removed names a message or a part that is no more.
type Removed struct {
	SessionID string `json:"sessionID"`
	MessageID string `json:"messageID"`
	PartID    string `json:"partID"`
}

// AskReplied is the data of the events that end an ask.
type AskReplied struct {
	SessionID string `json:"sessionID"`
	RequestID string `json:"requestID"`
	// Reply is once, always or reject; a question's events have none.
	Reply string `json:"reply"`
}
