package session

import (
	"encoding/json"
	"time"
)

// Filter says which sessions of a team a list shows, newest first. Before and After are keyset cursors (ids); Limit 0 is 50.
type Filter struct {
	Statuses      []Status
	Query         string
	NeedsYou      bool
	Parent        ID
	Before, After ID
	EndedSince    time.Time
	Limit         int
}

// Page is one page of a list. Rows carry no prompt, description or metadata.
type Page struct {
	Items []Session
	More  bool
}

// Change is one entry of a team's change log: the list's live stream resumes from N.
type Change struct {
	N       int64
	Session ID
	Kind    string
	At      time.Time
}

// OpenAsk is an ask that waits for a person, with its session.
type OpenAsk struct {
	Ask     Ask
	Session Session
}

// PendingReply is an answer the agent has not taken yet.
type PendingReply struct {
	Ask     Ask
	Answers json.RawMessage
}

// Part is a text that still grows; its finished form is an event. Kind is text, reasoning or tool.
type Part struct {
	ID, MessageID, Kind, Text string
}

// Queue says why a queued session waits and at which place (1 is next); zero when it does not wait.
type Queue struct {
	Position int64  `json:"position"`
	Reason   string `json:"reason"`
}

// Patch is a session's diff as one text that git apply takes.
type Patch struct {
	Text      []byte
	Truncated bool
	TakenAt   time.Time
}
