package session

import (
	"encoding/json"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Message is a text that a person sends to the agent: the prompt or a later message. The agent uses the same ID.
type Message struct {
	ID        string // "msg_…", chosen by the server, so that it can safely be sent twice
	PartID    string // "prt_…"
	Text      string
	CreatedBy tenant.UserID
	CreatedAt time.Time
	SentAt    *time.Time
	Attempt   int
}

// Ask is an approval or a question that the agent waits for. It is open while Reply is empty.
type Ask struct {
	ID         string // the server's ID
	SourceID   string // "per_…" or "que_…"
	Kind       WaitingFor
	Permission string   // e.g. "bash", "edit"
	Patterns   []string // what the agent wants to do, e.g. the command
	Always     []string // what "Allow for this session" covers
	Metadata   json.RawMessage
	Questions  json.RawMessage // of a question: [{question, header, options:[{label, description}], multiple}]
	CallID     string          // the tool call that waits; only in the event, not in the row
	Attempt    int
	AskedAt    time.Time
	Reply      Reply
	Message    string
	RepliedBy  tenant.UserID
	RepliedAt  *time.Time
	// DeliveredAt is when the agent received the reply.
	DeliveredAt *time.Time
	// Gone is true if the agent that asked no longer runs. The ask is kept as a record.
	Gone bool
}

// Reply is the answer to an Ask.
type Reply string

// The replies. Answered is for questions.
const (
	Once     Reply = "once"
	Always   Reply = "always"
	Reject   Reply = "reject"
	Answered Reply = "answered"
)
