package wire

import (
	"encoding/json"
	"strings"
)

// MessageWithParts is a message of a conversation with its pieces.
type MessageWithParts struct {
	Info  Message `json:"info"`
	Parts []Part  `json:"parts"`
}

// Message is a person's or the agent's message. Summary is true on the agent's when it sums a conversation up, and an
// object on a person's.
type Message struct {
	ID         string          `json:"id"`
	SessionID  string          `json:"sessionID"`
	Role       string          `json:"role"`
	ParentID   string          `json:"parentID"`
	ProviderID string          `json:"providerID"`
	ModelID    string          `json:"modelID"`
	Agent      string          `json:"agent"`
	Summary    json.RawMessage `json:"summary"`
	Finish     string          `json:"finish"`
	Error      *Failure        `json:"error"`
	Time       MessageTime     `json:"time"`
}

// MessageTime is when a message was made and completed, in milliseconds.
type MessageTime struct {
	Created   float64 `json:"created"`
	Completed float64 `json:"completed"`
}

// Failure is an error that a message or a session.error event carries.
type Failure struct {
	Name string      `json:"name"`
	Data FailureData `json:"data"`
}

// FailureData describes a failure; the status is the response's, or 0. Body and headers are the response's, or in a stream the event's.
type FailureData struct {
	Message         string            `json:"message"`
	StatusCode      int64             `json:"statusCode"`
	ResponseHeaders map[string]string `json:"responseHeaders"`
	ResponseBody    string            `json:"responseBody"`
}

// Header is the response's header of that name; empty if there is none.
func (d FailureData) Header(name string) string { return d.ResponseHeaders[strings.ToLower(name)] }

// Part is a piece of a message; which fields are filled depends on Type.
type Part struct {
	ID        string     `json:"id"`
	SessionID string     `json:"sessionID"`
	MessageID string     `json:"messageID"`
	Type      string     `json:"type"`
	Text      string     `json:"text"`
	Time      *PartTime  `json:"time"`
	CallID    string     `json:"callID"`
	Tool      string     `json:"tool"`
	State     *ToolState `json:"state"`
	Cost      float64    `json:"cost"`
	Tokens    *Tokens    `json:"tokens"`
	Hash      string     `json:"hash"`
	Files     []string   `json:"files"`
}

// PartTime is when a piece began and ended, in milliseconds; End is 0 while it grows.
type PartTime struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
}

// ToolState is how far a tool call has come.
type ToolState struct {
	Status   string          `json:"status"`
	Input    json.RawMessage `json:"input"`
	Output   string          `json:"output"`
	Title    string          `json:"title"`
	Error    string          `json:"error"`
	Metadata json.RawMessage `json:"metadata"`
	Time     *PartTime       `json:"time"`
}

// Tokens are what a step used.
type Tokens struct {
	Input     float64     `json:"input"`
	Output    float64     `json:"output"`
	Reasoning float64     `json:"reasoning"`
	Cache     CacheTokens `json:"cache"`
}

// CacheTokens are what a step read from the provider's cache and wrote to it.
type CacheTokens struct {
	Read  float64 `json:"read"`
	Write float64 `json:"write"`
}
