package gateway

import "github.com/industrial-orchestrator/orchestrator/internal/domain/provider"

// endpoint is one of the three protocols: how its requests and its answers are read.
type endpoint struct {
	name     string   // the path below the provider's base
	messages string   // the field that holds the conversation
	limits   []string // the fields that limit the output
	event    func(*answer, []byte)
	whole    func(*answer, []byte)
	// anthropic errors have a shape of their own.
	anthropic bool
}

var endpoints = []*endpoint{
	{name: "chat/completions", messages: "messages", limits: []string{"max_tokens", "max_completion_tokens"}, event: chatEvent, whole: chatEvent},
	{name: "responses", messages: "input", limits: []string{"max_output_tokens"}, event: responsesEvent, whole: responsesWhole},
	{name: "messages", messages: "messages", limits: []string{"max_tokens"}, event: messagesEvent, whole: messagesWhole, anthropic: true},
}

// limit is the field in which a limit is set that the request left out: OpenAI's newer models know only the new one.
func (e *endpoint) limit(k provider.Kind) string {
	if k == provider.OpenAI {
		return e.limits[len(e.limits)-1]
	}
	return e.limits[0]
}
