package turn

import (
	"fmt"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

var (
	outputLimit = session.Reason{Code: session.AgentError, Message: "The model reached its output limit before it finished."}
	filtered    = session.Reason{Code: session.AgentError, Message: "The model provider's filter blocked the response."}
)

// silence is our own name for the failure of an agent that stopped without an error.
const silence = "Silence"

// reasonOf is a failure of OpenCode in words for people.
func reasonOf(f wire.Failure) session.Reason {
	detail := sentence(f.Data.Message)
	switch f.Name {
	case "APIError":
		if why, ok := byMark(f.Data, detail); ok {
			return why
		}
		return byStatus(f.Data, detail)
	case "ProviderAuthError":
		return session.Reason{Code: session.ModelAuth, Message: "The model provider rejected the API key. " + detail}
	case "ContextOverflowError":
		return byOverflow(detail)
	case "MessageOutputLengthError":
		return outputLimit
	case "ContentFilterError":
		return filtered
	case wire.AbortedError:
		return session.Reason{Code: session.AgentError, Message: "The agent's run was aborted in OpenCode itself."}
	case silence:
		return session.Reason{Code: session.AgentError, Message: detail}
	}
	return byWords(f.Data.Message, detail)
}

// byStatus is for refusals of the provider, which the gateway passes on as they are.
func byStatus(d wire.FailureData, detail string) session.Reason {
	switch status := d.StatusCode; {
	case status == 401:
		return session.Reason{Code: session.ModelAuth, Message: "The model provider rejected the API key. " + detail}
	case status == 402:
		return session.Reason{Code: session.ModelAccount, Message: "The model provider's account has no credit left. " + detail}
	case status == 403:
		return session.Reason{Code: session.ModelForbidden, Message: "The model provider does not allow this request (403). " + detail}
	case status == 404:
		return notFound(d, detail)
	case status == 413:
		return session.Reason{Code: session.RequestTooLarge, Message: tooLarge}
	case status == 429:
		return session.Reason{Code: session.ModelRateLimited, Message: "The model provider is limiting requests. " + detail}
	case status == 0 || status == 408 || status >= 500:
		return session.Reason{Code: session.ModelUnavailable, Message: "The model did not respond. " + detail}
	}
	return session.Reason{Code: session.AgentError, Message: "The model provider rejected the request. " + detail}
}

// notFound tells a model that the provider does not have from a URL at which no provider is: only a provider's error names the model.
func notFound(d wire.FailureData, detail string) session.Reason {
	if strings.Contains(strings.ToLower(d.Message), "model") && strings.HasPrefix(strings.TrimSpace(d.ResponseBody), "{") {
		return session.Reason{Code: session.InvalidConfig, Message: "The model provider has no such model (404). " + detail}
	}
	return session.Reason{Code: session.InvalidConfig, Message: "There is no model provider at the base URL, or it does not have the model (404). " + detail}
}

const tooLarge = "The model provider does not accept requests of this size (413)."

// byOverflow tells a conversation that the model cannot hold from a request that something before the model refuses: OpenCode takes
// status 413 for the former.
func byOverflow(detail string) session.Reason {
	words := strings.ToLower(detail)
	for _, s := range []string{"entity too large", "payload too large", "content too large", "body too large", "request too large"} {
		if strings.Contains(words, s) {
			return session.Reason{Code: session.RequestTooLarge, Message: tooLarge}
		}
	}
	return session.Reason{Code: session.ContextOverflow, Message: "The conversation is too long for the model. " + detail}
}

// byWords is for errors that OpenCode has no name for.
func byWords(message, detail string) session.Reason {
	words := strings.ToLower(message)
	has := func(all ...string) bool {
		for _, w := range all {
			if strings.Contains(words, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("model not found", "agent not found"):
		return session.Reason{Code: session.InvalidConfig, Message: detail}
	case has("cannot connect", "timed out", "connection", "socket", "econn"):
		return session.Reason{Code: session.ModelUnavailable, Message: "The model did not respond. " + detail}
	}
	if why, ok := breach(message); ok {
		return why
	}
	return session.Reason{Code: session.AgentError, Message: detail}
}

// breach is for responses that OpenCode's protocol libraries cannot read. Their words mean nothing to people, so they are kept apart as
// the raw text.
func breach(message string) (session.Reason, bool) {
	const breaks = "The model provider's response breaks the protocol: "
	switch {
	case strings.HasPrefix(message, "Expected '"):
		field, _, _ := strings.Cut(strings.TrimPrefix(message, "Expected '"), "'")
		return session.Reason{Code: session.ModelProtocol, Message: fmt.Sprintf("%sa tool call has no valid %s.", breaks, line(field, 50))}, true
	case strings.HasPrefix(message, "Type validation failed"):
		return session.Reason{Code: session.ModelProtocol, Message: breaks + "a field has another type than it must have."}, true
	case strings.HasPrefix(message, "JSON parsing failed"), strings.HasPrefix(message, "Invalid JSON response"):
		return session.Reason{Code: session.ModelProtocol, Message: breaks + "it is not valid JSON."}, true
	}
	return session.Reason{}, false
}
