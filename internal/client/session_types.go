package client

import (
	"encoding/json"
	"time"
)

// SessionRow is a session as in a list.
type SessionRow struct {
	Additions          int64       `json:"additions"`
	Agent              *AgentRef   `json:"agent"`
	Attempt            int64       `json:"attempt"`
	BaseRef            string      `json:"base_ref"`
	Branch             string      `json:"branch"`
	Checks             CheckCounts `json:"checks"`
	MergedAt           *time.Time  `json:"merged_at"`
	PushedAt           *time.Time  `json:"pushed_at"`
	CostMicroUSD       int64       `json:"cost_microusd"`
	CreatedAt          time.Time   `json:"created_at"`
	CreatedBy          Person      `json:"created_by"`
	Deletions          int64       `json:"deletions"`
	Doing              string      `json:"doing"`
	ElapsedSeconds     int64       `json:"elapsed_seconds"`
	EndedAt            *time.Time  `json:"ended_at"`
	FilesChanged       int64       `json:"files_changed"`
	ID                 string      `json:"id"`
	LastEventAt        *time.Time  `json:"last_event_at"`
	LastSeq            int64       `json:"last_seq"`
	MaxCostMicroUSD    *int64      `json:"max_cost_microusd"`
	MaxCPUMilli        *int64      `json:"max_cpu_milli"`
	MaxDurationSeconds int64       `json:"max_duration_seconds"`
	MaxMemoryBytes     *int64      `json:"max_memory_bytes"`
	MaxTasks           *int64      `json:"max_tasks"`
	MaxTokens          *int64      `json:"max_tokens"`
	ModelIdentifier    string      `json:"model_identifier"`
	OpencodeAgent      string      `json:"opencode_agent"`
	ParentID           *string     `json:"parent_id"`
	Priority           string      `json:"priority"`
	QueuedAt           *time.Time  `json:"queued_at"`
	RepositoryID       *string     `json:"repository_id"`
	RetryAt            *time.Time  `json:"retry_at"`
	RetryCount         int64       `json:"retry_count"`
	SessionType        string      `json:"session_type"`
	StartedAt          *time.Time  `json:"started_at"`
	Status             string      `json:"status"`
	StatusReason       *Reason     `json:"status_reason"`
	StatusUpdatedAt    time.Time   `json:"status_updated_at"`
	Tags               []string    `json:"tags"`
	Title              string      `json:"title"`
	Tokens             Tokens      `json:"tokens"`
	WaitingFor         string      `json:"waiting_for"`
}

// Session is a session with all its fields.
type Session struct {
	SessionRow
	BaseCommit    string          `json:"base_commit"`
	Description   string          `json:"description"`
	InitialPrompt string          `json:"initial_prompt"`
	Metadata      json.RawMessage `json:"metadata"`
	Queue         *Queue          `json:"queue"`
	Routing       *Routing        `json:"routing"`
}

// Reason is why a session has its status.
type Reason struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
}

// Queue is the place of a queued session, 1 being the next to start, and why it waits.
type Queue struct {
	Position int64  `json:"position"`
	Reason   string `json:"reason"`
}

// Tokens is the five kinds of tokens.
type Tokens struct {
	CacheRead  int64 `json:"cache_read"`
	CacheWrite int64 `json:"cache_write"`
	Input      int64 `json:"input"`
	Output     int64 `json:"output"`
	Reasoning  int64 `json:"reasoning"`
}

// Person is a member of the team.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// NewSession is the input for a session.
type NewSession struct {
	AgentID            string          `json:"agent_id,omitempty"`
	BaseRef            string          `json:"base_ref,omitempty"`
	Description        string          `json:"description,omitempty"`
	InitialPrompt      string          `json:"initial_prompt"`
	MaxCostMicroUSD    *Limit          `json:"max_cost_microusd,omitempty"`
	MaxCPUMilli        *int64          `json:"max_cpu_milli,omitempty"`
	MaxDurationSeconds int64           `json:"max_duration_seconds,omitempty"`
	MaxMemoryBytes     *int64          `json:"max_memory_bytes,omitempty"`
	MaxTasks           *int64          `json:"max_tasks,omitempty"`
	MaxTokens          *Limit          `json:"max_tokens,omitempty"`
	Metadata           json.RawMessage `json:"metadata,omitempty"`
	ModelIdentifier    string          `json:"model_identifier,omitempty"`
	OpencodeAgent      string          `json:"opencode_agent,omitempty"`
	ParentID           string          `json:"parent_id,omitempty"`
	Priority           string          `json:"priority,omitempty"`
	RepositoryID       string          `json:"repository_id,omitempty"`
	Route              *Need           `json:"route,omitempty"`
	SessionType        string          `json:"session_type,omitempty"`
	Start              bool            `json:"start,omitempty"`
	Tags               []string        `json:"tags,omitempty"`
	Title              string          `json:"title"`
}

// SessionPage is one page of a list of sessions.
type SessionPage struct {
	HasMore    bool         `json:"has_more"`
	Items      []SessionRow `json:"items"`
	NextCursor *string      `json:"next_cursor"`
}

// SessionLimits is the input for the limits of the team's sessions; fields that are nil do not change.
type SessionLimits struct {
	MaxCostMicroUSDPerSession *Limit `json:"max_cost_microusd_per_session,omitempty"`
	MaxCPUMilliPerSession     *Limit `json:"max_cpu_milli_per_session,omitempty"`
	MaxMemoryBytesPerSession  *Limit `json:"max_memory_bytes_per_session,omitempty"`
	MaxRepeats                *int64 `json:"max_repeats,omitempty"`
	MaxTasksPerSession        *Limit `json:"max_tasks_per_session,omitempty"`
	MaxTokensPerSession       *Limit `json:"max_tokens_per_session,omitempty"`
}

// CheckCounts are the results of a session's checks. FailedCommands has at most 20 commands, each cut to 200 bytes.
type CheckCounts struct {
	Passed         int64    `json:"passed"`
	Failed         int64    `json:"failed"`
	FailedCommands []string `json:"failed_commands"`
}
