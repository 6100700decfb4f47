package gateway

import (
	"bytes"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
)

// endpoint is one of the three protocols, with the functions that read its requests and responses.
type endpoint struct {
	name     string   // the path below the provider's base
	messages string   // the field that holds the conversation
	limits   []string // the fields that limit the output
	event    func(*answer, []byte)
	whole    func(*answer, []byte)
	finish   *finishWords
	// end is how the event begins that marks the end of a stream; empty if the finish reason marks it.
	end string
	// callsEnd is the data of the event to send before the end if the provider left out the finish reason of tool calls; empty if an
	// agent needs none.
	callsEnd string
	// anthropic is true if errors have Anthropic's format.
	anthropic bool
}

var endpoints = []*endpoint{
	{name: "chat/completions", messages: "messages", limits: []string{"max_tokens", "max_completion_tokens"}, event: chatEvent, whole: chatEvent, finish: &chatFinish,
		end: "[DONE]", callsEnd: `{"id":"end","object":"chat.completion.chunk","created":0,"model":"","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`},
	{name: "responses", messages: "input", limits: []string{"max_output_tokens"}, event: responsesEvent, whole: responsesWhole, finish: &responsesFinish},
	{name: "messages", messages: "messages", limits: []string{"max_tokens"}, event: messagesEvent, whole: messagesWhole, finish: &messagesFinish, anthropic: true,
		end: `"message_stop"`, callsEnd: `{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":0}}`},
}

// isEnd reports whether data marks the end of a stream.
func (e *endpoint) isEnd(data []byte) bool {
	if !e.anthropic {
		return e.end != "" && string(bytes.TrimSpace(data)) == e.end
	}
	var p struct{ Type word }
	return bytes.Contains(data, []byte(e.end)) && read(data, &p) && p.Type == "message_stop"
}

// limit is the field for an output limit that the request does not set. OpenAI's newer models accept only the newer field.
func (e *endpoint) limit(k provider.Kind) string {
	if k == provider.OpenAI {
		return e.limits[len(e.limits)-1]
	}
	return e.limits[0]
}
