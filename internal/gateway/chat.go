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
	Content   content
	Refusal   word
	Reasoning word
	Thoughts  word `json:"reasoning_content"`
	ToolCalls []struct {
		Index    *int
		ID       *word
		Function struct {
			Name      *word
			Arguments word
		}
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
	a.spoke = a.spoke || c.Choices != nil
	a.named(string(c.Model))
	a.failed(c.Error)
	for _, choice := range c.Choices {
		a.chatMessage(choice.Delta, true)
		a.chatMessage(choice.Message, false)
		a.reason = orElse(string(choice.FinishReason), a.reason)
		a.finished = a.finished || choice.FinishReason != ""
	}
	if c.Usage != nil {
		a.report = c.Usage.report()
	}
}

// The places where providers break the protocol, which agents report in words that only their authors understand.
const (
	faultNoCallID   = "The model provider's response breaks the protocol: a tool call has no ID."
	faultNoCallName = "The model provider's response breaks the protocol: a tool call has no name."
	faultList       = "The model provider's response breaks the protocol: its content is a list instead of a text."
)

// chatMessage reads a message, or a piece of one.
func (a *answer) chatMessage(m chatMessage, isPiece bool) {
	if m.Content.isList {
		a.breaks(faultList)
	}
	a.add(&a.text, string(m.Content.word))
	a.add(&a.text, string(m.Refusal))
	a.add(&a.reasoning, string(m.Thoughts))
	if m.Thoughts == "" {
		a.add(&a.reasoning, string(m.Reasoning))
	}
	for i, t := range m.ToolCalls {
		if t.Index != nil {
			i = *t.Index
		}
		c, isNew := a.call(i)
		switch {
		case isNew && isPiece && t.ID == nil:
			a.breaks(faultNoCallID)
		case isNew && t.Function.Name == nil:
			a.breaks(faultNoCallName)
		}
		a.fill(c, t.ID.String(), t.Function.Name.String(), string(t.Function.Arguments))
	}
}
