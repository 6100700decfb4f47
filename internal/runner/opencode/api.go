package opencode

import "encoding/json"

// What is read of OpenCode's answers, and nothing else. Tests hold these structs against the server's own document:
// a number there is a float64 here, an integer there an int64.

type healthAnswer struct {
	Healthy bool   `json:"healthy"`
	Version string `json:"version"`
}

type sessionInfo struct {
	ID        string `json:"id"`
	ParentID  string `json:"parentID"`
	Directory string `json:"directory"`
	Title     string `json:"title"`
}

type agentInfo struct {
	Name   string `json:"name"`
	Mode   string `json:"mode"`
	Hidden bool   `json:"hidden"`
}

type providersAnswer struct {
	Providers []providerInfo `json:"providers"`
}

type providerInfo struct {
	ID     string                     `json:"id"`
	Models map[string]json.RawMessage `json:"models"`
}

type messageAnswer struct {
	Info  messageInfo `json:"info"`
	Parts []part      `json:"parts"`
}

// messageInfo is a person's or the agent's message. Summary is true on the agent's when it sums a conversation up, and an
// object on a person's.
type messageInfo struct {
	ID         string          `json:"id"`
	SessionID  string          `json:"sessionID"`
	Role       string          `json:"role"`
	ParentID   string          `json:"parentID"`
	ProviderID string          `json:"providerID"`
	ModelID    string          `json:"modelID"`
	Agent      string          `json:"agent"`
	Summary    json.RawMessage `json:"summary"`
	Finish     string          `json:"finish"`
	Error      *sourceError    `json:"error"`
	Time       messageTime     `json:"time"`
}

type messageTime struct {
	Created   float64 `json:"created"`
	Completed float64 `json:"completed"`
}

type sourceError struct {
	Name string    `json:"name"`
	Data errorData `json:"data"`
}

type errorData struct {
	Message    string `json:"message"`
	StatusCode int64  `json:"statusCode"`
}

// part is a piece of a message; which fields are filled depends on Type.
type part struct {
	ID        string     `json:"id"`
	SessionID string     `json:"sessionID"`
	MessageID string     `json:"messageID"`
	Type      string     `json:"type"`
	Text      string     `json:"text"`
	Time      *partTime  `json:"time"`
	CallID    string     `json:"callID"`
	Tool      string     `json:"tool"`
	State     *toolState `json:"state"`
	Cost      float64    `json:"cost"`
	Tokens    *tokens    `json:"tokens"`
	Hash      string     `json:"hash"`
	Files     []string   `json:"files"`
}

type partTime struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
}

type toolState struct {
	Status   string          `json:"status"`
	Input    json.RawMessage `json:"input"`
	Output   string          `json:"output"`
	Title    string          `json:"title"`
	Error    string          `json:"error"`
	Metadata json.RawMessage `json:"metadata"`
	Time     *partTime       `json:"time"`
}

type tokens struct {
	Input     float64   `json:"input"`
	Output    float64   `json:"output"`
	Reasoning float64   `json:"reasoning"`
	Cache     cacheUsed `json:"cache"`
}

type cacheUsed struct {
	Read  float64 `json:"read"`
	Write float64 `json:"write"`
}

type statusInfo struct {
	Type    string `json:"type"`
	Attempt int64  `json:"attempt"`
	Message string `json:"message"`
	Next    int64  `json:"next"`
}

type askTool struct {
	MessageID string `json:"messageID"`
	CallID    string `json:"callID"`
}

type permissionAsk struct {
	ID         string          `json:"id"`
	SessionID  string          `json:"sessionID"`
	Permission string          `json:"permission"`
	Patterns   []string        `json:"patterns"`
	Always     []string        `json:"always"`
	Metadata   json.RawMessage `json:"metadata"`
	Tool       *askTool        `json:"tool"`
}

type questionAsk struct {
	ID        string          `json:"id"`
	SessionID string          `json:"sessionID"`
	Questions json.RawMessage `json:"questions"`
	Tool      *askTool        `json:"tool"`
}

// historyEvent is one entry of the durable log.
type historyEvent struct {
	ID        string          `json:"id"`
	Aggregate string          `json:"aggregate_id"`
	Seq       int64           `json:"seq"`
	Type      string          `json:"type"`
	Data      json.RawMessage `json:"data"`
}

// globalEvent is one frame of the stream over all directories.
type globalEvent struct {
	Directory string  `json:"directory"`
	Payload   payload `json:"payload"`
}

type payload struct {
	ID         string          `json:"id"`
	Type       string          `json:"type"`
	Properties json.RawMessage `json:"properties"`
	Sync       *syncEvent      `json:"syncEvent"`
}

// syncEvent is an entry of the durable log as the stream tells it.
type syncEvent struct {
	ID        string          `json:"id"`
	Type      string          `json:"type"`
	Seq       float64         `json:"seq"`
	Aggregate string          `json:"aggregateID"`
	Data      json.RawMessage `json:"data"`
}

type sessionData struct {
	SessionID string      `json:"sessionID"`
	Info      sessionInfo `json:"info"`
}

type messageData struct {
	SessionID string      `json:"sessionID"`
	Info      messageInfo `json:"info"`
}

type partData struct {
	SessionID string  `json:"sessionID"`
	Part      part    `json:"part"`
	Time      float64 `json:"time"`
}

type deltaData struct {
	SessionID string `json:"sessionID"`
	MessageID string `json:"messageID"`
	PartID    string `json:"partID"`
	Field     string `json:"field"`
	Delta     string `json:"delta"`
}

type statusData struct {
	SessionID string     `json:"sessionID"`
	Status    statusInfo `json:"status"`
}

type errorEventData struct {
	SessionID string       `json:"sessionID"`
	Error     *sourceError `json:"error"`
}

// removedData names a message or a part that is no more.
type removedData struct {
	SessionID string `json:"sessionID"`
	MessageID string `json:"messageID"`
	PartID    string `json:"partID"`
}

type repliedData struct {
	SessionID string `json:"sessionID"`
	RequestID string `json:"requestID"`
}

type textInput struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Text string `json:"text"`
}

type modelInput struct {
	ProviderID string `json:"providerID"`
	ModelID    string `json:"modelID"`
}

type promptInput struct {
	MessageID string      `json:"messageID"`
	Parts     []textInput `json:"parts"`
	Agent     string      `json:"agent,omitempty"`
	Model     modelInput  `json:"model"`
}

type sessionInput struct {
	Title string `json:"title"`
}

type permissionReply struct {
	Reply   string `json:"reply"`
	Message string `json:"message,omitempty"`
}

type questionReply struct {
	Answers json.RawMessage `json:"answers"`
}
