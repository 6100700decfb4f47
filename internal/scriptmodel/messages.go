package scriptmodel

import "encoding/json"

// messages implements Anthropic's messages.
type messages struct {
	*player
	index int // of the next content block
}

func newMessages(p *player) protocol { return &messages{player: p} }

// usage returns the report. In this protocol, output_tokens includes reasoning, and input_tokens excludes the cache.
func (m *messages) usage() any {
	u := m.turn.usage()
	told := m.sent(m.input(u.Completion))
	if told != nil {
		m.rec.Sent.Output, m.rec.Sent.Reasoning = m.rec.Sent.Output+m.rec.Sent.Reasoning, 0
	}
	return told
}

func (m *messages) input(output int64) map[string]any {
	u := m.turn.usage()
	return map[string]any{"input_tokens": u.counts().Input, "output_tokens": output, "cache_read_input_tokens": u.Cached,
		"cache_creation_input_tokens": u.CacheWrite + u.CacheWriteLong,
		"cache_creation":              map[string]any{"ephemeral_5m_input_tokens": u.CacheWrite, "ephemeral_1h_input_tokens": u.CacheWriteLong}}
}

func (m *messages) object(content []any, reason, usage any) map[string]any {
	o := map[string]any{"id": "msg_" + m.id, "type": "message", "role": "assistant", "model": m.model, "content": content,
		"stop_reason": reason, "stop_sequence": nil}
	if usage != nil {
		o["usage"] = usage
	}
	return o
}

func (m *messages) reason() string {
	switch f := m.turn.finish(); f {
	case "stop":
		return "end_turn"
	case "tool_calls":
		return "tool_use"
	case "length":
		return "max_tokens"
	default:
		return f
	}
}

func (m *messages) whole() any {
	content := []any{}
	if m.turn.Reasoning != "" {
		content = append(content, thinking(m.turn.Reasoning))
	}
	if m.turn.Text != "" {
		content = append(content, map[string]any{"type": "text", "text": m.turn.fullText()})
	}
	for i, t := range m.turn.Tools {
		content = append(content, m.toolUse(i, t, json.RawMessage(t.arguments())))
	}
	return m.object(content, m.reason(), m.usage())
}

func thinking(text string) map[string]any {
	return map[string]any{"type": "thinking", "thinking": text, "signature": ""}
}

// toolUse is the block of a tool call. Arguments that are not JSON are sent as a string, which is the only way in this protocol.
func (m *messages) toolUse(i int, t Tool, input json.RawMessage) map[string]any {
	if !json.Valid(input) {
		input, _ = json.Marshal(string(input)) // a string always marshals
	}
	return map[string]any{"type": "tool_use", "id": m.callID(i), "name": t.Name, "input": input}
}

func (m *messages) emit(kind string, v map[string]any) {
	v["type"] = kind
	m.event(kind, v)
}

func (m *messages) begin() {
	var told any
	if !m.turn.NoUsage && m.turn.UsageRaw == nil {
		told = m.input(1)
		m.rec.Sent = m.turn.usage().counts()
		m.rec.Sent.Output, m.rec.Sent.Reasoning = 1, 0
	}
	m.emit("message_start", map[string]any{"message": m.object([]any{}, nil, told)})
}

func (m *messages) block(start map[string]any, deltas []map[string]any) {
	m.emit("content_block_start", map[string]any{"index": m.index, "content_block": start})
	for _, d := range deltas {
		m.emit("content_block_delta", map[string]any{"index": m.index, "delta": d})
	}
	m.emit("content_block_stop", map[string]any{"index": m.index})
	m.index++
}

func deltas(kind, field string, parts []string) (all []map[string]any) {
	for _, s := range parts {
		all = append(all, map[string]any{"type": kind, field: s})
	}
	return all
}

func (m *messages) text() {
	if m.turn.Reasoning != "" {
		m.block(thinking(""), deltas("thinking_delta", "thinking", chunks(m.turn.Reasoning, 1)))
	}
	if m.turn.Text != "" {
		m.block(map[string]any{"type": "text", "text": ""}, deltas("text_delta", "text", chunks(m.turn.Text, m.turn.Repeat)))
	}
}

func (m *messages) tools() {
	for i, t := range m.turn.Tools {
		m.block(m.toolUse(i, t, json.RawMessage("{}")), deltas("input_json_delta", "partial_json", halves(t.arguments())))
	}
}

func (m *messages) finish() {
	delta := map[string]any{"delta": map[string]any{"stop_reason": m.reason(), "stop_sequence": nil}}
	if u := m.usage(); u != nil {
		delta["usage"] = u
	}
	m.emit("message_delta", delta)
	m.emit("message_stop", map[string]any{})
}
