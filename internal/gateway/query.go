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
	"time"

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
	body, err := readBody(w, r)
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
	if err := checkSessionIDs(r.Header); err != nil {
		return nil, err
	}
	q.ask = Ask{Key: key, Provider: r.PathValue("provider"), Endpoint: e.name, PromptBytes: int64(len(body)),
		AgentSession: agentSession(r.Header), ParentAgentSession: r.Header.Get("X-Parent-Session-Id")}
	return q, q.readFields()
}

// readBody reads the body within bodyWithin. The wait for the response afterwards has no such limit.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Now().Add(bodyWithin)) // a test's recorder has no connection
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err == nil {
		_ = c.SetReadDeadline(time.Time{})
	}
	return body, err
}

func requestKey(h http.Header) string {
	if key, ok := strings.CutPrefix(h.Get("Authorization"), "Bearer "); ok {
		return strings.TrimSpace(key)
	}
	return h.Get("X-Api-Key")
}

// maxSessionID is the length of the longest accepted session ID in a header.
const maxSessionID = 100

func checkSessionIDs(h http.Header) error {
	for _, name := range []string{"X-Session-Id", "X-Opencode-Session", "X-Parent-Session-Id"} {
		if n := len(h.Get(name)); n > maxSessionID {
			return fault.New(fault.Invalid, "The header %s has %d characters. Session IDs have at most %d.", name, n, maxSessionID)
		}
	}
	return nil
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
	if err := q.readLimits(); err != nil {
		return err
	}
	q.ask.Title = q.isTitle()
	return nil
}

// maxChoices is the largest number of responses that a provider offers for one request.
const maxChoices = 128

// readLimits reads the fields that limit the output. It refuses whatever the provider might read as another number than the gateway
// does.
func (q *query) readLimits() error {
	if err := q.checkCase(); err != nil {
		return err
	}
	for _, name := range append([]string{"n"}, q.limits...) {
		if v := q.value(name); v != nil && !isNumberOrNull(v) {
			return fault.Field(name, "The field %s must be a number.", name)
		}
	}
	q.choices = max(1, q.number("n"))
	if v := q.value("n"); q.choices > maxChoices || v != nil && !isNull(v) && q.number("n") < 1 {
		return fault.Field("n", "The field n must be a whole number from 1 to %d.", maxChoices)
	}
	q.ask.MaxTokens = q.mostTokens()
	return nil
}

// mostTokens is the output that the request allows, or 0 if it sets no limit: none of the fields is a whole number, or one of them is
// something else, which a provider may read as any number.
func (q *query) mostTokens() (most int64) {
	for _, name := range q.limits {
		n, v := q.number(name), q.value(name)
		if v != nil && !isNull(v) && n == 0 {
			return 0
		}
		most = max(most, n*q.choices)
	}
	return most
}

// checkCase refuses a field that only a parser that ignores case reads as one of those that the gateway reads.
func (q *query) checkCase() error {
	for _, m := range q.members {
		for _, name := range append([]string{"model", "stream", "n", q.messages}, q.limits...) {
			if m.key != name && strings.EqualFold(m.key, name) {
				return fault.Field(name, "The field %q must be spelled %s.", m.key, name)
			}
		}
	}
	return nil
}

func isNull(v []byte) bool { return string(v) == "null" }

func isNumberOrNull(v []byte) bool {
	return isNull(v) || v[0] == '-' || v[0] >= '0' && v[0] <= '9'
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

// limited returns the body with no output limit above most, which is the only change that the gateway makes. A limit that is null is
// none.
func (q *query) limited(most int64, kind provider.Kind) []byte {
	most = max(1, most/q.choices)
	set := q.setLimits(kind)
	if len(set) == 0 {
		brace := bytes.IndexByte(q.body, '{') + 1
		return slices.Concat(q.body[:brace], fmt.Appendf(nil, "%q:%d,", q.limit(kind), most), q.body[brace:])
	}
	out, from := make([]byte, 0, len(q.body)+40), 0
	for _, m := range set {
		if n := q.number(m.key); n == 0 || n > most {
			out = strconv.AppendInt(append(out, q.body[from:m.start]...), most, 10)
			from = m.end
		}
	}
	return append(out, q.body[from:]...)
}

// setLimits returns the fields that must hold a limit: those with a number, otherwise the one that is null.
func (q *query) setLimits(kind provider.Kind) (set []member) {
	var null []member
	for _, m := range q.members {
		switch {
		case !slices.Contains(q.limits, m.key):
		case !isNull(q.body[m.start:m.end]):
			set = append(set, m)
		case len(null) == 0 || m.key == q.limit(kind):
			null = []member{m}
		}
	}
	if len(set) == 0 {
		return null
	}
	return set
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
