// Package event defines the events of a session. Each session has an append-only log of events, numbered from 1 without gaps.
package event

import (
	"encoding/json"
	"time"
)

// Type is the type of an event.
type Type string

// The types. Each names the Go struct of its data below.
const (
	SessionCreated    Type = "session.created"    // Created
	SessionState      Type = "session.state"      // State
	SessionNote       Type = "session.note"       // Note: a person's message
	SessionUsage      Type = "session.usage"      // Usage: the gateway's running totals
	SessionChecks     Type = "session.checks"     // Checks: the verdicts of the check commands
	SessionAlarm      Type = "session.alarm"      // Alarm: something happened that neither a person nor this server did
	SessionPull       Type = "session.pull"       // Pull: a pull request was opened, or its state changed
	SessionPushed     Type = "session.pushed"     // Pushed: the work went to a branch of the repository
	AgentMessage      Type = "agent.message"      // Text
	AgentReasoning    Type = "agent.reasoning"    // Text
	AgentTool         Type = "agent.tool"         // Tool
	AgentPatch        Type = "agent.patch"        // Patch
	AgentTodo         Type = "agent.todo"         // Todo
	AgentUsage        Type = "agent.usage"        // Usage: the agent's own figures
	AgentPermission   Type = "agent.permission"   // Ask
	AgentQuestion     Type = "agent.question"     // Ask
	AgentRetry        Type = "agent.retry"        // Retry
	AgentError        Type = "agent.error"        // Error
	AgentRaw          Type = "agent.raw"          // Raw: a source event of an unknown type
	AgentCompaction   Type = "agent.compaction"   // Text
	AgentEgress       Type = "agent.egress"       // Egress: connections of the session's programs through the proxy
	SessionCheckpoint Type = "session.checkpoint" // Checkpoint
	SessionRestored   Type = "session.restored"   // Restored: files and conversation are those of a checkpoint
	SessionForked     Type = "session.forked"     // Restored: the session started from a checkpoint of another one
)

// Types lists every type. The lookup table event_types has the same entries.
func Types() []Type {
	return []Type{SessionCreated, SessionState, SessionNote, SessionUsage, SessionChecks, SessionAlarm, SessionPushed, SessionPull, SessionCheckpoint, SessionRestored, SessionForked, AgentMessage, AgentReasoning, AgentTool,
		AgentPatch, AgentTodo, AgentUsage, AgentPermission, AgentQuestion, AgentRetry, AgentError, AgentRaw, AgentCompaction, AgentEgress}
}

// Actor is the cause of an event. Kind is user, agent or system.
type Actor struct {
	Kind string `json:"kind"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// Event is one entry in a session's log. The database assigns Seq: 1, 2, 3 … within the session.
type Event struct {
	Seq     int64           `json:"seq"`
	Type    Type            `json:"type"`
	V       int             `json:"v"`
	Attempt int             `json:"attempt"`
	Actor   Actor           `json:"actor"`
	At      time.Time       `json:"at"`
	Data    json.RawMessage `json:"data"`
	// SourceKey identifies an event from the agent within (session, attempt); empty for the server's own events.
	SourceKey string `json:"-"`
}

// New returns an event with encoded data. It panics if data cannot be encoded, which is a bug.
func New(t Type, actor Actor, data any) Event {
	b, err := json.Marshal(data)
	if err != nil {
		panic(err)
	}
	return Event{Type: t, V: 1, Actor: actor, Data: b}
}

// Decode reads an event's data as T. It returns the zero T if the data does not fit.
func Decode[T any](e Event) T {
	var v T
	_ = json.Unmarshal(e.Data, &v)
	return v
}

// Created is the data of session.created.
type Created struct {
	Title string `json:"title"`
}

// State is the data of session.state.
type State struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

// Note is the data of session.note.
type Note struct {
	MessageID string `json:"message_id"`
	Text      string `json:"text"`
}

// Pushed is the data of session.pushed.
type Pushed struct {
	Branch string `json:"branch"`
	Commit string `json:"commit"`
}

// Text is the data of agent.message, agent.reasoning and agent.compaction. Durations are milliseconds.
type Text struct {
	MessageID  string `json:"message_id"`
	PartID     string `json:"part_id"`
	Text       string `json:"text"`
	Model      string `json:"model,omitempty"`
	Agent      string `json:"agent,omitempty"`
	DurationMS int64  `json:"duration_ms,omitempty"`
	// Child is the conversation of the sub-agent that wrote the text; empty for the session's own agent.
	Child string `json:"child,omitempty"`
}

// EndsPart returns the ID of the agent's part that e completes, or "" if it completes none. A text ends with its event, a tool call
// with the event about its result.
func (e Event) EndsPart() string {
	switch e.Type {
	case AgentMessage, AgentReasoning, AgentCompaction:
		return Decode[Text](e).PartID
	case AgentTool:
		if t := Decode[Tool](e); t.Status == "completed" || t.Status == "error" {
			return t.PartID
		}
	}
	return ""
}

// Tool is the data of agent.tool. There is one event per status of a call (pending, running, completed, error).
type Tool struct {
	MessageID  string          `json:"message_id"`
	PartID     string          `json:"part_id"`
	CallID     string          `json:"call_id"`
	Tool       string          `json:"tool"`
	Status     string          `json:"status"`
	Title      string          `json:"title,omitempty"`
	Input      json.RawMessage `json:"input,omitempty"`
	Output     string          `json:"output,omitempty"`
	OutputSize int64           `json:"output_bytes,omitempty"`
	Truncated  bool            `json:"truncated,omitempty"`
	Error      string          `json:"error,omitempty"`
	Exit       *int            `json:"exit,omitempty"`
	Diff       string          `json:"diff,omitempty"`
	DurationMS int64           `json:"duration_ms,omitempty"`
	Child      string          `json:"child,omitempty"`
}

// Patch is the data of agent.patch.
type Patch struct {
	Hash  string   `json:"hash"`
	Files []string `json:"files"`
}

// Todo is the data of agent.todo: the complete current list.
type Todo struct {
	Items []TodoItem `json:"items"`
}

// TodoItem is one line of the agent's plan. Status is pending, in_progress, completed or cancelled.
type TodoItem struct {
	Content  string `json:"content"`
	Status   string `json:"status"`
	Priority string `json:"priority,omitempty"`
}

// Usage is the data of session.usage and agent.usage.
type Usage struct {
	MessageID  string `json:"message_id,omitempty"`
	Input      int64  `json:"input"`
	Output     int64  `json:"output"`
	Reasoning  int64  `json:"reasoning"`
	CacheRead  int64  `json:"cache_read"`
	CacheWrite int64  `json:"cache_write"`
	CostMicro  int64  `json:"cost_microusd"`
}

// Ask is the data of agent.permission and agent.question. Status is asked, replied or gone.
type Ask struct {
	AskID      string          `json:"ask_id"`
	SourceID   string          `json:"source_id"`
	Status     string          `json:"status"`
	Permission string          `json:"permission,omitempty"`
	Patterns   []string        `json:"patterns,omitempty"`
	Always     []string        `json:"always,omitempty"`
	CallID     string          `json:"call_id,omitempty"`
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	Questions  json.RawMessage `json:"questions,omitempty"`
	Reply      string          `json:"reply,omitempty"`
	Message    string          `json:"message,omitempty"`
}

// Retry is the data of agent.retry: the agent retries its model call at Next.
type Retry struct {
	Attempt int       `json:"attempt"`
	Message string    `json:"message"`
	Next    time.Time `json:"next"`
}

// Error is the data of agent.error.
type Error struct {
	Name    string `json:"name"`
	Message string `json:"message"`
	Status  int    `json:"status,omitempty"`
	Raw     string `json:"raw,omitempty"` // what the program or the provider wrote, where Message is our words
}

// Checks is the data of session.checks.
type Checks struct {
	Passed int `json:"passed"`
	Failed int `json:"failed"`
}

// Alarm is the data of session.alarm. Code is approval_vanished or question_vanished: the agent received an answer to an approval or
// a question that neither a person nor a grant gave here. Reply is that answer, or empty if nobody saw it.
type Alarm struct {
	Code       string   `json:"code"`
	Message    string   `json:"message"`
	AskID      string   `json:"ask_id"`
	Permission string   `json:"permission,omitempty"`
	Patterns   []string `json:"patterns,omitempty"`
	Reply      string   `json:"reply,omitempty"`
}

// Pull is the data of session.pull. Change is opened, ready, merged, closed, reopened, reverted or checks_failed; Failed counts the
// checks that failed then.
type Pull struct {
	Number int    `json:"number"`
	URL    string `json:"url,omitempty"`
	Host   string `json:"host"`
	Change string `json:"change"`
	Base   string `json:"base,omitempty"`
	Draft  bool   `json:"draft,omitempty"`
	Commit string `json:"commit,omitempty"`
	Failed int    `json:"failed,omitempty"`
}

// Checkpoint is the data of session.checkpoint.
type Checkpoint struct {
	N         int64  `json:"checkpoint"`
	Cause     string `json:"cause"`
	Note      string `json:"note,omitempty"`
	Tree      string `json:"tree"`
	MessageID string `json:"message_id,omitempty"`
}

// Restored is the data of session.restored and session.forked. Before is the checkpoint that was taken first.
type Restored struct {
	N            int64  `json:"checkpoint"`
	Before       int64  `json:"before,omitempty"`
	From         string `json:"from_session,omitempty"`
	Tree         string `json:"tree"`
	Conversation string `json:"conversation,omitempty"`
	MessageID    string `json:"message_id,omitempty"`
}

// Raw is the data of agent.raw.
type Raw struct {
	SourceType string          `json:"source_type"`
	Payload    json.RawMessage `json:"payload"`
}

// Egress is the data of agent.egress: the connections of the session's programs within a minute. Refused says why they were
// refused; it is empty if they were allowed.
type Egress struct {
	Target   string `json:"target"`
	Refused  string `json:"refused,omitempty"`
	Count    int64  `json:"count"`
	Sent     int64  `json:"sent_bytes,omitempty"`
	Received int64  `json:"received_bytes,omitempty"`
}
