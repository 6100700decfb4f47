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

// bodyLimit is the largest request taken.
const bodyLimit = 32 << 20

// query is a request as it was read.
type query struct {
	*endpoint
	ask     Ask
	body    []byte
	members []member
	choices int64 // answers wanted at once; each may be as long as the limit
}

// read takes a request apart, or faults with a sentence about it.
func (e *endpoint) read(w http.ResponseWriter, r *http.Request) (*query, error) {
	key := requestKey(r.Header)
	if key == "" {
		return nil, fault.New(fault.Unauthenticated, "Give the key of this process as a bearer token.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "The request broke off before its end.").Because(err)
	}
	q := &query{endpoint: e, body: body}
	if q.members, err = members(body); err != nil {
		return nil, fault.New(fault.Invalid, "The request cannot be read: %s.", err)
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

// agentSession is the agent's own id of its session. OpenCode names the header otherwise for providers whose name
// begins with "opencode".
func agentSession(h http.Header) string {
	if s := h.Get("X-Session-Id"); s != "" {
		return s
	}
	return h.Get("X-Opencode-Session")
}

func (q *query) readFields() error {
	if json.Unmarshal(q.value("model"), &q.ask.Model) != nil || q.ask.Model == "" {
		return fault.Field("model", "Name the model to ask.")
	}
	if v := q.value("stream"); v != nil && json.Unmarshal(v, &q.ask.Stream) != nil {
		return fault.Field("stream", "The field stream is true or false.")
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

// number is the whole number of a field; 0 when it is absent or no such number.
func (q *query) number(key string) int64 {
	var f figure
	_ = json.Unmarshal(q.value(key), &f) // an absent field leaves 0
	return f.n
}

// isTitle says whether the agent only asks for a name for its session: OpenCode's prompt for that says so.
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

// limited is the body with no output limit above most: the one edit the gateway makes.
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

// items is the request as Call.Messages holds it.
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
