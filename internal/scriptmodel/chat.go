package scriptmodel

// chat implements OpenAI's chat completions.
type chat struct{ *player }

func newChat(p *player) protocol { return chat{p} }

func (c chat) usage() any {
	u := c.turn.usage()
	prompt := map[string]any{"cached_tokens": u.Cached}
	if w := u.CacheWrite + u.CacheWriteLong; w > 0 {
		prompt["cache_write_tokens"] = w
	}
	told := c.sent(map[string]any{"prompt_tokens": u.Prompt, "completion_tokens": u.Completion, "total_tokens": u.Prompt + u.Completion,
		"prompt_tokens_details":     prompt,
		"completion_tokens_details": map[string]any{"reasoning_tokens": u.Reasoning}})
	// This protocol has one figure for cache writes.
	c.rec.Sent.CacheWriteShort, c.rec.Sent.CacheWriteLong = c.rec.Sent.CacheWrite(), 0
	return told
}

func (c chat) object(kind string, choice map[string]any) map[string]any {
	choice["index"] = 0
	return map[string]any{"id": "chatcmpl-" + c.id, "object": kind, "created": created, "model": c.model, "choices": []any{choice}}
}

func (c chat) whole() any {
	msg := map[string]any{"role": "assistant", "content": c.turn.fullText()}
	if c.turn.Reasoning != "" {
		msg["reasoning_content"] = c.turn.Reasoning
	}
	if len(c.turn.Tools) > 0 {
		msg["tool_calls"] = c.calls()
	}
	o := c.object("chat.completion", map[string]any{"message": msg, "finish_reason": c.turn.finish()})
	if u := c.usage(); u != nil {
		o["usage"] = u
	}
	return o
}

func (c chat) calls() (calls []any) {
	for i, t := range c.turn.Tools {
		calls = append(calls, map[string]any{"id": c.callID(i), "type": "function",
			"function": map[string]any{"name": t.Name, "arguments": t.arguments()}})
	}
	return calls
}

func (c chat) delta(delta map[string]any) {
	c.event("", c.object("chat.completion.chunk", map[string]any{"delta": delta, "finish_reason": nil}))
}

func (c chat) begin() { c.delta(map[string]any{"role": "assistant", "content": ""}) }

func (c chat) text() {
	for _, s := range chunks(c.turn.Reasoning, 1) {
		c.delta(map[string]any{"reasoning_content": s})
	}
	for _, s := range chunks(c.turn.Text, c.turn.Repeat) {
		c.delta(map[string]any{"content": s})
	}
}

func (c chat) tools() {
	for i, t := range c.turn.Tools {
		c.call(map[string]any{"index": i, "id": c.callID(i), "type": "function", "function": map[string]any{"name": t.Name, "arguments": ""}})
		for _, part := range halves(t.arguments()) {
			c.call(map[string]any{"index": i, "function": map[string]any{"arguments": part}})
		}
	}
}

func (c chat) call(call map[string]any) { c.delta(map[string]any{"tool_calls": []any{call}}) }

func (c chat) finish() {
	o := c.object("chat.completion.chunk", map[string]any{"delta": map[string]any{}, "finish_reason": c.turn.finish()})
	if u := c.usage(); u != nil {
		o["usage"] = u
	}
	c.event("", o)
	c.end("data: [DONE]\n\n")
}

// halves splits s in two, because real streams split arguments anywhere.
func halves(s string) []string { return []string{s[:len(s)/2], s[len(s)/2:]} }
