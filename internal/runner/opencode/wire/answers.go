package wire

import "encoding/json"

// What is read of OpenCode's answers, and nothing else. Tests hold these structs against the server's own document:
// a number there is a float64 here, an integer there an int64.

// Health is the answer of the health check.
type Health struct {
	Healthy bool   `json:"healthy"`
	Version string `json:"version"`
}

// Session is a conversation as OpenCode lists it.
type Session struct {
	ID        string `json:"id"`
	ParentID  string `json:"parentID"`
	Directory string `json:"directory"`
	ProjectID string `json:"projectID"`
	Title     string `json:"title"`
}

// Agent is one agent that a directory offers.
type Agent struct {
	Name   string `json:"name"`
	Mode   string `json:"mode"`
	Hidden bool   `json:"hidden"`
}

// Providers are the model providers that a directory offers.
type Providers struct {
	Providers []Provider `json:"providers"`
}

// Provider is one model provider with its models by id.
type Provider struct {
	ID     string                     `json:"id"`
	Models map[string]json.RawMessage `json:"models"`
}

// Status is what a conversation does: idle, busy or retry.
type Status struct {
	Type    string `json:"type"`
	Attempt int64  `json:"attempt"`
	Message string `json:"message"`
	Next    int64  `json:"next"`
}

// AskedCall is the tool call that an ask holds up.
type AskedCall struct {
	MessageID string `json:"messageID"`
	CallID    string `json:"callID"`
}

// PermissionAsk is a permission that the agent waits for.
type PermissionAsk struct {
	ID         string          `json:"id"`
	SessionID  string          `json:"sessionID"`
	Permission string          `json:"permission"`
	Patterns   []string        `json:"patterns"`
	Always     []string        `json:"always"`
	Metadata   json.RawMessage `json:"metadata"`
	Tool       *AskedCall      `json:"tool"`
}

// QuestionAsk is a question that the agent waits for an answer to.
type QuestionAsk struct {
	ID        string          `json:"id"`
	SessionID string          `json:"sessionID"`
	Questions json.RawMessage `json:"questions"`
	Tool      *AskedCall      `json:"tool"`
}
