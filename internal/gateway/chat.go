package gateway

type chatAnswer struct {
	Model   word
	Choices []struct {
		Delta, Message chatMessage
		FinishReason   word `json:"finish_reason"`
	}
	Usage *chatUsage
	Error complaint
}

type chatMessage struct {
	Content   word
	Refusal   word
	Reasoning word
	Thoughts  word `json:"reasoning_content"`
	ToolCalls []struct {
		Index    *int
		ID       word
		Function struct{ Name, Arguments word }
	} `json:"tool_calls"`
}

// chatUsage contains the fields of OpenAI and of compatible providers.
type chatUsage struct {
	Prompt     figure `json:"prompt_tokens"`
	Completion figure `json:"completion_tokens"`
	Total      figure `json:"total_tokens"`
	CacheHit   figure `json:"prompt_cache_hit_tokens"`
	Cached     figure `json:"cached_tokens"`
	Details    struct {
		Cached  figure `json:"cached_tokens"`
		Written figure `json:"cache_write_tokens"`
	} `json:"prompt_tokens_details"`
	CompletionDetails struct {
		Reasoning figure `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
}

func (u chatUsage) report() report {
	return openAI{prompt: u.Prompt, completion: u.Completion, total: u.Total,
		cached: u.Details.Cached.or(u.CacheHit).or(u.Cached), written: u.Details.Written, reasoning: u.CompletionDetails.Reasoning}.report()
}

// chatEvent reads a chunk of a stream or a whole response. They differ only in delta and message.
func chatEvent(a *answer, data []byte) {
	if string(data) == "[DONE]" {
		a.finished = true
		return
	}
	var c chatAnswer
	if !read(data, &c) {
		return
	}
	a.named(string(c.Model))
	a.failed(string(c.Error))
	for _, choice := range c.Choices {
		a.chatMessage(choice.Delta)
		a.chatMessage(choice.Message)
		a.finished = a.finished || choice.FinishReason != ""
	}
	if c.Usage != nil {
		a.report = c.Usage.report()
	}
}

func (a *answer) chatMessage(m chatMessage) {
	a.add(&a.text, string(m.Content))
	a.add(&a.text, string(m.Refusal))
	a.add(&a.reasoning, string(m.Thoughts))
	if m.Thoughts == "" {
		a.add(&a.reasoning, string(m.Reasoning))
	}
	for i, t := range m.ToolCalls {
		if t.Index != nil {
			i = *t.Index
		}
		a.fill(a.call(i), string(t.ID), string(t.Function.Name), string(t.Function.Arguments))
	}
}

// fill adds the data of a piece to c.
func (a *answer) fill(c *toolCall, id, name, arguments string) {
	if id != "" {
		c.id = id
	}
	if name != "" {
		c.name = name
	}
	a.add(&c.arguments, arguments)
}
