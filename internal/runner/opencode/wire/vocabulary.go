package wire

import (
	"encoding/json"
	"strings"
)

// AbortedError is the failure of a message whose run was aborted.
const AbortedError = "MessageAbortedError"

// duplicates are plain events that the durable log carries as well.
var duplicates = map[string]bool{"session.created": true, "session.updated": true, "session.deleted": true, "message.updated": true,
	"message.removed": true, "message.part.updated": true, "message.part.removed": true}

// IsDuplicate reports whether the durable log carries the same event.
func (p Payload) IsDuplicate() bool { return p.Sync == nil && duplicates[p.Type] }

// Conversation is the conversation an event belongs to; empty for those of the whole process.
func (p Payload) Conversation() string {
	if p.Sync != nil {
		return p.Sync.Aggregate
	}
	var d struct {
		SessionID string `json:"sessionID"`
	}
	_ = json.Unmarshal(p.Properties, &d) // without one it belongs to the process
	return d.SessionID
}

// Size is about what the event holds in memory.
func (e Event) Size() int {
	n := 256 + len(e.Payload.Properties)
	if s := e.Payload.Sync; s != nil {
		n += len(s.Data)
	}
	return n
}

// BaseType is a durable type without the version of its form; ok is false for a form we do not know.
func BaseType(t string) (base string, ok bool) {
	dot := strings.LastIndexByte(t, '.')
	if dot < 0 {
		return t, false
	}
	return t[:dot], t[dot:] == ".1"
}

// Decode reads the data of an event; ok is false when it has another form.
func Decode[T any](data json.RawMessage) (v T, ok bool) {
	err := json.Unmarshal(data, &v)
	return v, err == nil
}

// IsSummary reports whether a message sums the conversation up.
func (m Message) IsSummary() bool { return m.Role == "assistant" && string(m.Summary) == "true" }
