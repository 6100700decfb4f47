package gateway

type responsesAnswer struct {
	Model  word
	Status word
	Output []responsesItem
	Usage  *responsesUsage
	Error  complaint
	// Details say why a response is incomplete.
	Details struct{ Reason word } `json:"incomplete_details"`
}

type responsesItem struct {
	Type, Name, Arguments word
	CallID                word `json:"call_id"`
	Content, Summary      []struct{ Text, Refusal word }
}

type responsesUsage struct {
	Input   figure `json:"input_tokens"`
	Output  figure `json:"output_tokens"`
	Total   figure `json:"total_tokens"`
	Details struct {
		Cached figure `json:"cached_tokens"`
	} `json:"input_tokens_details"`
	OutputDetails struct {
		Reasoning figure `json:"reasoning_tokens"`
	} `json:"output_tokens_details"`
}

func (u responsesUsage) report() report {
	return openAI{prompt: u.Input, completion: u.Output, total: u.Total, cached: u.Details.Cached, reasoning: u.OutputDetails.Reasoning}.report()
}

// responsesPiece is one event of a stream.
type responsesPiece struct {
	Type     word
	Delta    word
	Index    int `json:"output_index"`
	Item     responsesItem
	Response responsesAnswer
	Message  word
	Code     word
	Error    complaint
}

func responsesEvent(a *answer, data []byte) {
	var p responsesPiece
	if !read(data, &p) {
		return
	}
	switch p.Type {
	case "response.output_text.delta", "response.refusal.delta":
		a.add(&a.text, string(p.Delta))
	case "response.reasoning_summary_text.delta", "response.reasoning_text.delta":
		a.add(&a.reasoning, string(p.Delta))
	case "response.function_call_arguments.delta":
		c, _ := a.call(p.Index)
		a.fill(c, "", "", string(p.Delta))
	case "response.output_item.added":
		a.beginItem(p)
	case "response.created", "response.completed", "response.incomplete", "response.failed":
		a.spoke = true
		a.responsesState(p.Response)
		a.responsesEnd(string(p.Type), p.Response)
	case "error":
		a.failed(complaint{string(p.Message), string(p.Code)})
		a.failed(p.Error)
		a.failed(complaint{message: unnamedError})
	}
}

func (a *answer) beginItem(p responsesPiece) {
	if p.Item.Type == "function_call" {
		c, _ := a.call(p.Index)
		if p.Item.CallID == "" {
			a.breaks(faultNoCallID)
		}
		a.fill(c, string(p.Item.CallID), string(p.Item.Name), string(p.Item.Arguments))
	}
}

// responsesState applies the fields of a response object other than its output.
func (a *answer) responsesState(r responsesAnswer) {
	a.named(string(r.Model))
	a.failed(r.Error)
	if r.Usage != nil {
		a.report = r.Usage.report()
	}
}

// responsesEnd reads the last event of a stream, which is also its finish reason.
func (a *answer) responsesEnd(kind string, r responsesAnswer) {
	if kind == "response.created" {
		return
	}
	a.finished = true
	a.reason = orElse(string(r.Details.Reason), kind)
	if kind == "response.failed" {
		a.failed(complaint{message: "The response failed."})
	}
}

func responsesWhole(a *answer, data []byte) {
	var r responsesAnswer
	if !read(data, &r) {
		return
	}
	a.spoke = a.spoke || r.Output != nil
	a.responsesState(r)
	a.reason = orElse(string(r.Details.Reason), "response.completed")
	for i, item := range r.Output {
		a.responsesItem(i, item)
	}
}

func (a *answer) responsesItem(i int, item responsesItem) {
	if item.Type == "function_call" {
		c, _ := a.call(i)
		if item.CallID == "" {
			a.breaks(faultNoCallID)
		}
		a.fill(c, string(item.CallID), string(item.Name), string(item.Arguments))
	}
	for _, part := range item.Summary {
		a.add(&a.reasoning, string(part.Text))
	}
	for _, part := range item.Content {
		to := &a.text
		if item.Type == "reasoning" {
			to = &a.reasoning
		}
		a.add(to, string(part.Text+part.Refusal))
	}
}
