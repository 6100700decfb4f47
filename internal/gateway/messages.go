package gateway

import "encoding/json"

type messagesAnswer struct {
	Model   word
	Content []messagesBlock
	Reason  word `json:"stop_reason"`
	Usage   *messagesUsage
	Error   complaint
}

type messagesBlock struct {
	Type, ID, Name, Text, Thinking word
	Partial                        word `json:"partial_json"`
	Reason                         word `json:"stop_reason"`
	Input                          json.RawMessage
}

// messagesUsage is reported in pieces, and later figures replace earlier ones. The input excludes the cache. The output includes
// reasoning, without saying how much.
type messagesUsage struct {
	Input   figure `json:"input_tokens"`
	Output  figure `json:"output_tokens"`
	Read    figure `json:"cache_read_input_tokens"`
	Written figure `json:"cache_creation_input_tokens"`
	Split   struct {
		Short figure `json:"ephemeral_5m_input_tokens"`
		Long  figure `json:"ephemeral_1h_input_tokens"`
	} `json:"cache_creation"`
}

// messagesPiece is one event of a stream.
type messagesPiece struct {
	Type    word
	Index   int
	Message messagesAnswer
	Block   messagesBlock `json:"content_block"`
	Delta   messagesBlock
	Usage   *messagesUsage
	Error   complaint
}

func messagesEvent(a *answer, data []byte) {
	var p messagesPiece
	if !read(data, &p) {
		return
	}
	switch p.Type {
	case "message_start":
		a.spoke = true
		a.named(string(p.Message.Model))
		a.addUsage(p.Message.Usage, false)
	case "content_block_start":
		p.Block.Input = nil // an empty object, which the pieces replace
		a.block(p.Index, p.Block)
	case "content_block_delta":
		a.block(p.Index, p.Delta)
	case "message_delta":
		a.reason = orElse(string(p.Delta.Reason), a.reason)
		a.addUsage(p.Usage, true)
	case "message_stop":
		a.finished = true
	case "error":
		a.failed(p.Error)
		a.failed(complaint{message: unnamedError})
	}
}

func messagesWhole(a *answer, data []byte) {
	var m messagesAnswer
	if !read(data, &m) {
		return
	}
	a.spoke = a.spoke || m.Content != nil
	a.reason = orElse(string(m.Reason), a.reason)
	a.named(string(m.Model))
	a.failed(m.Error)
	for i, b := range m.Content {
		a.block(i, b)
	}
	a.addUsage(m.Usage, true)
}

func (a *answer) block(index int, b messagesBlock) {
	a.add(&a.text, string(b.Text))
	a.add(&a.reasoning, string(b.Thinking))
	if b.Type == "tool_use" || b.Partial != "" {
		c, isNew := a.call(index)
		if isNew && b.ID == "" {
			a.breaks(faultNoCallID)
		}
		a.fill(c, string(b.ID), string(b.Name), string(b.Partial)+string(b.Input))
	}
}

// addUsage applies a piece of the report; last says that its output is the final figure instead of a first guess.
func (a *answer) addUsage(u *messagesUsage, last bool) {
	if u == nil {
		return
	}
	r := &a.report
	for _, f := range []figure{u.Input, u.Output, u.Read, u.Written, u.Split.Short, u.Split.Long} {
		r.bad = r.bad || f.bad
	}
	set(&r.counts.Input, u.Input)
	set(&r.counts.CacheRead, u.Read)
	set(&r.counts.Output, u.Output)
	r.input = r.input || u.Input.valid()
	r.output = r.output || last && u.Output.valid()
	if u.Written.valid() || u.Split.Short.valid() || u.Split.Long.valid() {
		r.counts.CacheWriteLong = u.Split.Long.n
		r.counts.CacheWriteShort = max(u.Written.n-u.Split.Long.n, u.Split.Short.n)
	}
}

func set(to *int64, f figure) {
	if f.valid() {
		*to = f.n
	}
}
