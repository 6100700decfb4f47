package scriptmodel

// responses implements OpenAI's responses. Items are numbered in the order reasoning, text, calls.
type responses struct {
	*player
	sequence int
}

func newResponses(p *player) protocol { return &responses{player: p} }

func (r *responses) usage() any {
	u := r.turn.usage()
	told := r.sent(map[string]any{"input_tokens": u.Prompt, "output_tokens": u.Completion, "total_tokens": u.Prompt + u.Completion,
		"input_tokens_details":  map[string]any{"cached_tokens": u.Cached},
		"output_tokens_details": map[string]any{"reasoning_tokens": u.Reasoning}})
	// This protocol has no figure for cache writes, so they count as input.
	r.rec.Sent.Input, r.rec.Sent.CacheWriteShort, r.rec.Sent.CacheWriteLong = r.rec.Sent.Input+r.rec.Sent.CacheWrite(), 0, 0
	return told
}

func (r *responses) object(status string, output []any, usage any) map[string]any {
	return map[string]any{"id": "resp_" + r.id, "object": "response", "created_at": created, "status": status, "model": r.model,
		"output": output, "usage": usage, "error": nil, "incomplete_details": r.incomplete(status)}
}

func (r *responses) incomplete(status string) any {
	if status != "incomplete" {
		return nil
	}
	return map[string]any{"reason": "max_output_tokens"}
}

func (r *responses) status() string {
	if r.turn.finish() == "length" {
		return "incomplete"
	}
	return "completed"
}

func (r *responses) whole() any { return r.object(r.status(), r.output(), r.usage()) }

func (r *responses) output() []any {
	items := []any{}
	if r.turn.Reasoning != "" {
		items = append(items, r.reasoning(r.turn.Reasoning))
	}
	if r.turn.Text != "" {
		items = append(items, r.message("completed", r.turn.fullText()))
	}
	for i, t := range r.turn.Tools {
		items = append(items, r.call(i, t, "completed", t.arguments()))
	}
	return items
}

func (r *responses) reasoning(text string) map[string]any {
	summary := []any{}
	if text != "" {
		summary = append(summary, map[string]any{"type": "summary_text", "text": text})
	}
	return map[string]any{"id": "rs_" + r.id, "type": "reasoning", "summary": summary}
}

func (r *responses) message(status, text string) map[string]any {
	content := []any{}
	if text != "" {
		content = append(content, outputText(text))
	}
	return map[string]any{"id": "msg_" + r.id, "type": "message", "role": "assistant", "status": status, "content": content}
}

func outputText(text string) map[string]any {
	return map[string]any{"type": "output_text", "text": text, "annotations": []any{}}
}

func (r *responses) call(i int, t Tool, status, arguments string) map[string]any {
	return map[string]any{"id": "fc_" + r.callID(i), "type": "function_call", "status": status, "call_id": r.callID(i), "name": t.Name, "arguments": arguments}
}
