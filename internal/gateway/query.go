package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
)

// bodyLimit is the size of the largest accepted request.
const bodyLimit = 32 << 20

// query is a parsed request.
type query struct {
	*endpoint
	ask     Ask
	body    []byte
	members []member
	choices int64 // number of responses; each can be as long as the limit
}

// read parses a request, or returns a fault for people.
func (e *endpoint) read(w http.ResponseWriter, r *http.Request) (*query, error) {
	key := requestKey(r.Header)
	if key == "" {
		return nil, fault.New(fault.Unauthenticated, "Send this process's key as a bearer token.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "The request ended unexpectedly.").Because(err)
	}
	q := &query{endpoint: e, body: body}
	if q.members, err = members(body); err != nil {
		return nil, fault.New(fault.Invalid, "Cannot read the request: %s.", err)
	}
	q.ask = Ask{Key: key, Provider: r.PathValue("provider"), Endpoint: e.name, PromptBytes: int64(len(body)),
		AgentSession: agentSession(r.Header), ParentAgentSession: r.Header.Get("X-Parent-Session-Id")}
	return q, q.readFields()
}

func requestKey(h http.Header) string {
	if key, ok := strings.CutPrefix(h.Get("Authorization"), "Bearer "); ok {
		return strings.TrimSpace(key)
	}
	return h.Get("X-Api-Key")
}

// agentSession returns the agent's own session ID. OpenCode uses a different header for providers whose name starts with
// "opencode".
func agentSession(h http.Header) string {
	if s := h.Get("X-Session-Id"); s != "" {
		return s
	}
	return h.Get("X-Opencode-Session")
}

func (q *query) readFields() error {
	if json.Unmarshal(q.value("model"), &q.ask.Model) != nil || q.ask.Model == "" {
		return fault.Field("model", "Specify the model in the request.")
	}
	if v := q.value("stream"); v != nil && json.Unmarshal(v, &q.ask.Stream) != nil {
		return fault.Field("stream", "The field \"stream\" must be true or false.")
	}
	q.choices = max(1, q.number("n"))
	for _, name := range q.limits {
		q.ask.MaxTokens = max(q.ask.MaxTokens, q.number(name)*q.choices)
	}
	q.ask.Title = q.isTitle()
	return nil
}

func (q *query) value(key string) []byte {
	for _, m := range q.members {
		if m.key == key {
			return q.body[m.start:m.end]
		}
	}
	return nil
}

// number returns the whole number in a field, or 0 if the field is absent or has another value.
func (q *query) number(key string) int64 {
	var f figure
	_ = json.Unmarshal(q.value(key), &f) // an absent field leaves 0
	return f.n
}

// isTitle reports whether the agent only requests a title for its session, which OpenCode's prompt for it reveals.
func (q *query) isTitle() bool {
	system := append(bytes.Clone(q.value("system")), q.value("instructions")...)
	for _, m := range elements(q.value(q.messages)) {
		if bytes.Contains(m, []byte(`"system"`)) || bytes.Contains(m, []byte(`"developer"`)) {
			system = m
			break
		}
	}
	return bytes.Contains(system[:min(len(system), 4096)], []byte("title generator"))
}

// limited returns the body with no output limit above most, which is the only change that the gateway makes.
func (q *query) limited(most int64, kind provider.Kind) []byte {
	most = max(1, most/q.choices)
	out, from, found := make([]byte, 0, len(q.body)+40), 0, false
	for _, m := range q.members {
		if !slices.Contains(q.limits, m.key) || string(q.body[m.start:m.end]) == "null" {
			continue
		}
		found = true
		if n := q.number(m.key); n == 0 || n > most {
			out = strconv.AppendInt(append(out, q.body[from:m.start]...), most, 10)
			from = m.end
		}
	}
	out = append(out, q.body[from:]...)
	if found {
		return out
	}
	brace := bytes.IndexByte(out, '{') + 1
	return slices.Concat(out[:brace], fmt.Appendf(nil, "%q:%d,", q.limit(kind), most), out[brace:])
}

// items returns the request in the form of Call.Messages.
func (q *query) items() [][]byte {
	conversation := q.value(q.messages)
	items := [][]byte{canonicalObject(nil, q.body, q.messages)}
	for _, e := range elements(conversation) {
		items = append(items, canonical(nil, e))
	}
	if len(conversation) > 0 && conversation[0] == '"' {
		items = append(items, conversation)
	}
	return items
}
