package gateway

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// keptBytes limits the text that is stored of one response.
const keptBytes = 4 << 20

// answer is the provider's response, assembled from its pieces.
type answer struct {
	report          report
	model           string
	text, reasoning strings.Builder
	calls           []*toolCall
	byIndex         map[int]*toolCall
	generated       int64 // bytes that the model wrote, stored or not
	truncated       bool
	finished        bool // the provider marked the end of the response
	failure         string
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

// call returns the tool call with the protocol's index.
func (a *answer) call(index int) *toolCall {
	if a.byIndex == nil {
		a.byIndex = map[int]*toolCall{}
	}
	c := a.byIndex[index]
	if c == nil {
		c = &toolCall{}
		a.byIndex[index] = c
		a.calls = append(a.calls, c)
	}
	return c
}

func (a *answer) named(model string) {
	if model != "" {
		a.model = text.Brief(model, 200)
	}
}

func (a *answer) failed(message string) {
	if a.failure == "" {
		a.failure = text.Brief(message, 500)
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
		tools = append(tools, call{text.Brief(c.id, 200), text.Brief(c.name, 200), c.arguments.String()})
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

// read decodes data into v as far as possible. It returns false if data is not JSON.
func read(data []byte, v any) bool {
	err := json.Unmarshal(data, v)
	wrongType := (*json.UnmarshalTypeError)(nil)
	return err == nil || errors.As(err, &wrongType)
}

// complaint is an error in a response: an object with a message, or a string.
type complaint string

// UnmarshalJSON never fails, because responses are untrusted.
func (c *complaint) UnmarshalJSON(b []byte) error {
	var o struct{ Message word }
	var s string
	switch {
	case json.Unmarshal(b, &o) == nil && o.Message != "":
		*c = complaint(o.Message)
	case json.Unmarshal(b, &s) == nil:
		*c = complaint(s)
	case string(b) != "null":
		*c = complaint(text.Brief(string(b), 500))
	}
	return nil
}
