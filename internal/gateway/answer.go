package gateway

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// The limits of what is stored of one response: its text in all, its tool calls, and each ID and name.
const keptBytes, keptCalls, keptName = 4 << 20, 256, 200

// answer is the provider's response, assembled from its pieces.
type answer struct {
	report          report
	model           string
	text, reasoning strings.Builder
	calls           []*toolCall
	byIndex         map[int]*toolCall
	generated       int64 // bytes that the model wrote, stored or not
	truncated       bool
	finished        bool   // the provider marked the end of the response
	spoke           bool   // there was an event or a response of the protocol
	reason          string // the finish reason, as the provider sent it
	failure         string // the provider's error
	failureCode     string
	fault           string // where the response breaks the protocol, in a sentence
}

type toolCall struct {
	id, name  string
	arguments strings.Builder
}

// add appends s to b up to the limit, without NUL, which PostgreSQL does not accept in text.
func (a *answer) add(b *strings.Builder, s string) {
	a.generated += int64(len(s))
	if a.generated > keptBytes {
		a.truncated = true
		return
	}
	b.WriteString(strings.ReplaceAll(s, "\x00", ""))
}

// call returns the tool call with the protocol's index, and whether it is new. Calls beyond the limit are counted but not stored.
func (a *answer) call(index int) (c *toolCall, isNew bool) {
	if c := a.byIndex[index]; c != nil {
		return c, false
	}
	if len(a.calls) == keptCalls {
		a.truncated = true
		return &toolCall{}, true
	}
	if a.byIndex == nil {
		a.byIndex = map[int]*toolCall{}
	}
	c = &toolCall{}
	a.byIndex[index] = c
	a.calls = append(a.calls, c)
	return c, true
}

// fill adds the data of a piece to c.
func (a *answer) fill(c *toolCall, id, name, arguments string) {
	a.label(&c.id, id)
	a.label(&c.name, name)
	a.add(&c.arguments, arguments)
}

// label sets an ID or a name, which some providers repeat in each piece. All of it counts as written, but only its start is stored.
func (a *answer) label(to *string, s string) {
	if s == "" || s == *to {
		return
	}
	a.generated += int64(len(s))
	a.truncated = a.truncated || len(s) > keptName
	*to = strings.Clone(text.Brief(s, keptName)) // a part would keep all of the event in memory
}

// hasWholeCalls reports whether the response calls tools and the arguments of every call are complete.
func (a *answer) hasWholeCalls() bool {
	return len(a.calls) > 0 && !a.truncated && !slices.ContainsFunc(a.calls, func(c *toolCall) bool { return !json.Valid([]byte(c.arguments.String())) })
}

// breaks notes the first place where the response breaks the protocol.
func (a *answer) breaks(sentence string) {
	if a.fault == "" {
		a.fault = sentence
	}
}

func (a *answer) named(model string) {
	if model != "" {
		a.model = text.Brief(model, 200)
	}
}

func (a *answer) failed(c complaint) {
	if a.failure == "" {
		a.failure, a.failureCode = text.Brief(c.message, 500), text.Brief(c.code, 100)
	}
}

// response returns the response in the stored form.
func (a *answer) response() json.RawMessage {
	type call struct {
		ID        string `json:"id"`
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	}
	tools := make([]call, 0, len(a.calls))
	for _, c := range a.calls {
		tools = append(tools, call{c.id, c.name, c.arguments.String()})
	}
	kept := map[string]any{"text": a.text.String(), "reasoning": a.reasoning.String(), "tools": tools}
	if a.truncated {
		kept["truncated"] = true
	}
	raw, _ := json.Marshal(kept) // consists of strings, which always marshal
	return raw
}

// word is a string in a response. Any other JSON value becomes "".
type word string

// UnmarshalJSON never fails, because responses are untrusted.
func (w *word) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*w = word(s)
	}
	return nil
}

// String is the word, or "" if there is none.
func (w *word) String() string {
	if w == nil {
		return ""
	}
	return string(*w)
}

// read decodes data into v as far as possible. It returns false if data is not JSON.
func read(data []byte, v any) bool {
	err := json.Unmarshal(data, v)
	wrongType := (*json.UnmarshalTypeError)(nil)
	return err == nil || errors.As(err, &wrongType)
}

// complaint is an error in a response: an object with a message and perhaps a code, or a string.
type complaint struct{ message, code string }

// UnmarshalJSON never fails, because responses are untrusted.
func (c *complaint) UnmarshalJSON(b []byte) error {
	var o struct{ Message, Code, Type word }
	var s string
	switch {
	case json.Unmarshal(b, &o) == nil && o.Message != "":
		*c = complaint{string(o.Message), orElse(string(o.Code), string(o.Type))}
	case json.Unmarshal(b, &s) == nil:
		*c = complaint{message: s}
	case string(b) != "null":
		*c = complaint{message: text.Brief(string(b), 500)}
	}
	return nil
}

// content is a text in a response. Some providers send a list of parts instead, which agents cannot read.
type content struct {
	word
	isList bool
}

// UnmarshalJSON never fails, because responses are untrusted.
func (c *content) UnmarshalJSON(b []byte) error {
	c.isList = b[0] == '['
	if c.isList {
		c.word = word(b)
		return nil
	}
	return c.word.UnmarshalJSON(b)
}
