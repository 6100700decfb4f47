package client

import (
	"encoding/json"
	"time"
)

// Ask is an approval or a question that waits for a person.
type Ask struct {
	Always     []string        `json:"always"`
	AskedAt    time.Time       `json:"asked_at"`
	Attempt    int64           `json:"attempt"`
	ID         string          `json:"id"`
	Kind       string          `json:"kind"`
	Metadata   json.RawMessage `json:"metadata"`
	Patterns   []string        `json:"patterns"`
	Permission string          `json:"permission"`
	Questions  json.RawMessage `json:"questions"`
}

// Reply is a person's answer to an Ask.
type Reply struct {
	Answers [][]string `json:"answers,omitempty"`
	Message string     `json:"message,omitempty"`
	Reply   string     `json:"reply"`
}

// Event is one entry of a session's log, numbered from 1 without gaps.
type Event struct {
	Actor   Actor           `json:"actor"`
	At      time.Time       `json:"at"`
	Attempt int64           `json:"attempt"`
	Data    json.RawMessage `json:"data"`
	Seq     int64           `json:"seq"`
	Type    string          `json:"type"`
	V       int64           `json:"v"`
}

// Actor is who caused an event.
type Actor struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// EventPage is a part of the log.
type EventPage struct {
	Items   []Event `json:"items"`
	LastSeq int64   `json:"last_seq"`
}

// Message is a message of a person to the agent; the first is the prompt.
type Message struct {
	Attempt   int64      `json:"attempt"`
	CreatedAt time.Time  `json:"created_at"`
	CreatedBy string     `json:"created_by"`
	ID        string     `json:"id"`
	SentAt    *time.Time `json:"sent_at"`
	Text      string     `json:"text"`
}

// Diff is what a session changed since its base commit, at the end of its last turn.
type Diff struct {
	Files   []File  `json:"files"`
	Missing Missing `json:"missing"`
}

// File is one changed file.
type File struct {
	Additions     int64  `json:"additions"`
	Binary        bool   `json:"binary"`
	Deletions     int64  `json:"deletions"`
	OldPath       string `json:"old_path"`
	Omitted       string `json:"omitted"`
	OmittedReason string `json:"omitted_reason"`
	Patch         string `json:"patch"`
	Path          string `json:"path"`
	Status        string `json:"status"`
}

// Missing is what a tree lacks of its commit.
type Missing struct {
	LFSFileCount   int64    `json:"lfs_file_count"`
	LFSFiles       []string `json:"lfs_files"`
	SubmoduleCount int64    `json:"submodule_count"`
	Submodules     []string `json:"submodules"`
}

// Check is the result of one check command.
type Check struct {
	Attempt    int64     `json:"attempt"`
	Command    string    `json:"command"`
	DurationMS int64     `json:"duration_ms"`
	Exit       *int64    `json:"exit"`
	FinishedAt time.Time `json:"finished_at"`
	Output     string    `json:"output"`
	Passed     bool      `json:"passed"`
	Truncated  bool      `json:"truncated"`
	Verdict    string    `json:"verdict"`
}

// LoopStop is one time that a session was paused because its agent repeated itself.
type LoopStop struct {
	At                time.Time  `json:"at"`
	Attempt           int64      `json:"attempt"`
	CostMicroUSD      int64      `json:"cost_microusd"`
	Count             int64      `json:"count"`
	LastSessionID     string     `json:"last_session_id"`
	Limit             int64      `json:"limit"`
	Message           string     `json:"message"`
	Number            int64      `json:"number"`
	RepliedAt         *time.Time `json:"replied_at"`
	RepliedBy         string     `json:"replied_by"`
	Reply             string     `json:"reply"`
	SessionIds        []string   `json:"session_ids"`
	Sign              string     `json:"sign"`
	Signs             []LoopSign `json:"signs"`
	Since             time.Time  `json:"since"`
	Text              string     `json:"text"`
	Tokens            int64      `json:"tokens"`
	TotalCostMicroUSD int64      `json:"total_cost_microusd"`
	TotalTokens       int64      `json:"total_tokens"`
	Turns             []LoopTurn `json:"turns"`
	What              string     `json:"what"`
}

// LoopSign is a sign of repetition.
type LoopSign struct {
	Count   int64  `json:"count"`
	Limit   int64  `json:"limit"`
	Seconds int64  `json:"seconds"`
	Sign    string `json:"sign"`
}

// LoopTurn is an event or a model call that counted.
type LoopTurn struct {
	At     time.Time `json:"at"`
	CallID string    `json:"call_id"`
	Seq    int64     `json:"seq"`
}
