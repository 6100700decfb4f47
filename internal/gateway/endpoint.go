package gateway

import "github.com/industrial-orchestrator/orchestrator/internal/domain/provider"

// endpoint is one of the three protocols, with the functions that read its requests and responses.
type endpoint struct {
	name     string   // the path below the provider's base
	messages string   // the field that holds the conversation
	limits   []string // the fields that limit the output
	event    func(*answer, []byte)
	whole    func(*answer, []byte)
	// anthropic is true if errors have Anthropic's format.
	anthropic bool
}

var endpoints = []*endpoint{
	{name: "chat/completions", messages: "messages", limits: []string{"max_tokens", "max_completion_tokens"}, event: chatEvent, whole: chatEvent},
	{name: "responses", messages: "input", limits: []string{"max_output_tokens"}, event: responsesEvent, whole: responsesWhole},
	{name: "messages", messages: "messages", limits: []string{"max_tokens"}, event: messagesEvent, whole: messagesWhole, anthropic: true},
}

// limit is the field for an output limit that the request does not set. OpenAI's newer models accept only the newer field.
func (e *endpoint) limit(k provider.Kind) string {
	if k == provider.OpenAI {
		return e.limits[len(e.limits)-1]
	}
	return e.limits[0]
}
