package scriptmodel

// emit sends one event that contains its type and number, as this protocol requires.
func (r *responses) emit(kind string, v map[string]any) {
	v["type"], v["sequence_number"] = kind, r.sequence
	r.sequence++
	r.event(kind, v)
}

func (r *responses) begin() {
	r.emit("response.created", map[string]any{"response": r.object("in_progress", []any{}, nil)})
	r.emit("response.in_progress", map[string]any{"response": r.object("in_progress", []any{}, nil)})
}

func (r *responses) text() {
	if r.turn.Reasoning != "" {
		r.streamReasoning()
	}
	if r.turn.Text != "" {
		r.streamText()
	}
}

func (r *responses) streamReasoning() {
	at := func(v map[string]any) map[string]any {
		v["item_id"], v["output_index"], v["summary_index"] = "rs_"+r.id, 0, 0
		return v
	}
	r.emit("response.output_item.added", map[string]any{"output_index": 0, "item": r.reasoning("")})
	r.emit("response.reasoning_summary_part.added", at(map[string]any{"part": map[string]any{"type": "summary_text", "text": ""}}))
	for _, s := range chunks(r.turn.Reasoning, 1) {
		r.emit("response.reasoning_summary_text.delta", at(map[string]any{"delta": s}))
	}
	r.emit("response.reasoning_summary_text.done", at(map[string]any{"text": r.turn.Reasoning}))
	r.emit("response.reasoning_summary_part.done", at(map[string]any{"part": map[string]any{"type": "summary_text", "text": r.turn.Reasoning}}))
	r.emit("response.output_item.done", map[string]any{"output_index": 0, "item": r.reasoning(r.turn.Reasoning)})
}

func (r *responses) streamText() {
	index := r.textIndex()
	at := func(v map[string]any) map[string]any {
		v["item_id"], v["output_index"], v["content_index"] = "msg_"+r.id, index, 0
		return v
	}
	r.emit("response.output_item.added", map[string]any{"output_index": index, "item": r.message("in_progress", "")})
	r.emit("response.content_part.added", at(map[string]any{"part": outputText("")}))
	for _, s := range chunks(r.turn.Text, r.turn.Repeat) {
		r.emit("response.output_text.delta", at(map[string]any{"delta": s}))
	}
	if r.turn.Cut || r.turn.Hang {
		return
	}
	r.emit("response.output_text.done", at(map[string]any{"text": r.turn.fullText()}))
	r.emit("response.content_part.done", at(map[string]any{"part": outputText(r.turn.fullText())}))
	r.emit("response.output_item.done", map[string]any{"output_index": index, "item": r.message("completed", r.turn.fullText())})
}

func (r *responses) textIndex() int {
	if r.turn.Reasoning != "" {
		return 1
	}
	return 0
}

func (r *responses) tools() {
	index := r.textIndex()
	if r.turn.Text != "" {
		index++
	}
	for i, t := range r.turn.Tools {
		r.streamCall(index+i, i, t)
	}
}

func (r *responses) streamCall(index, i int, t Tool) {
	at := func(v map[string]any) map[string]any {
		v["item_id"], v["output_index"] = "fc_"+r.callID(i), index
		return v
	}
	r.emit("response.output_item.added", map[string]any{"output_index": index, "item": r.call(i, t, "in_progress", "")})
	for _, part := range halves(t.arguments()) {
		r.emit("response.function_call_arguments.delta", at(map[string]any{"delta": part}))
	}
	r.emit("response.function_call_arguments.done", at(map[string]any{"arguments": t.arguments()}))
	r.emit("response.output_item.done", map[string]any{"output_index": index, "item": r.call(i, t, "completed", t.arguments())})
}

func (r *responses) finish() {
	r.emit("response."+r.status(), map[string]any{"response": r.object(r.status(), r.output(), r.usage())})
}
