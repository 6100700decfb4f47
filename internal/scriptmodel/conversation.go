package scriptmodel

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
)

// conversation is a request of any of the three protocols, reduced to the data that a script needs.
type conversation struct {
	model    string
	stream   bool
	system   string
	messages []message
	id       string // the same for the same body
	known    map[string]string
}

type message struct{ role, text string }

type request struct {
	Model        string          `json:"model"`
	Stream       bool            `json:"stream"`
	Messages     []item          `json:"messages"`
	Input        json.RawMessage `json:"input"`
	System       json.RawMessage `json:"system"`
	Instructions string          `json:"instructions"`
}

type item struct {
	Type    string          `json:"type"`
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
}

// readConversation reads a request body of any of the three protocols.
func readConversation(body []byte) (conversation, error) {
	var r request
	if err := json.Unmarshal(body, &r); err != nil {
		return conversation{}, fmt.Errorf("read request: %w", err)
	}
	items, err := r.items()
	if err != nil {
		return conversation{}, err
	}
	c := conversation{model: r.Model, stream: r.Stream, system: plain(r.System) + r.Instructions, id: digest(body)}
	for _, it := range items {
		c.add(it)
	}
	return c, nil
}

func (r request) items() ([]item, error) {
	if len(r.Input) == 0 {
		return r.Messages, nil
	}
	if r.Input[0] == '"' {
		return []item{{Role: "user", Content: r.Input}}, nil
	}
	var items []item
	if err := json.Unmarshal(r.Input, &items); err != nil {
		return nil, fmt.Errorf("read input: %w", err)
	}
	return items, nil
}

// add appends it. The items of one assistant turn of the responses protocol (reasoning, text, calls) follow each
// other and count as one message.
func (c *conversation) add(it item) {
	role := it.Role
	switch it.Type {
	case "reasoning", "function_call":
		role = "assistant"
	case "function_call_output":
		role = "tool"
	}
	if role == "system" || role == "developer" {
		c.system += plain(it.Content)
		return
	}
	inOneTurn := it.Type != "" && role == "assistant" && len(c.messages) > 0 && c.messages[len(c.messages)-1].role == "assistant"
	if !inOneTurn {
		c.messages = append(c.messages, message{role, plain(it.Content)})
	}
}

// plain returns the text of a content field, which is a string or a list of parts.
func plain(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(raw, &parts) != nil {
		return ""
	}
	var b strings.Builder
	for _, p := range parts {
		if p.Text != "" {
			b.WriteString(p.Text + "\n")
		}
	}
	return b.String()
}

func digest(body []byte) string {
	h := fnv.New64a()
	h.Write(body)
	return fmt.Sprintf("%016x", h.Sum64())
}
