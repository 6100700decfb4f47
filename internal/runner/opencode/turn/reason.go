package turn

import (
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
		return byStatus(f.Data.StatusCode, detail)
	case "ProviderAuthError":
		return session.Reason{Code: session.ModelAuth, Message: "The model provider rejected the API key. " + detail}
	case "ContextOverflowError":
		return session.Reason{Code: session.ContextOverflow, Message: "The conversation is too long for the model. " + detail}
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

func byStatus(status int64, detail string) session.Reason {
	switch {
	case status == 401 || status == 403:
		return session.Reason{Code: session.ModelAuth, Message: "The model provider rejected the API key. " + detail}
	case status == 402:
		return session.Reason{Code: session.BudgetExhausted, Message: "The budget is used up. " + detail}
	case status == 404:
		return session.Reason{Code: session.InvalidConfig, Message: "The model provider has no such model. " + detail}
	case status == 413:
		return session.Reason{Code: session.ContextOverflow, Message: "The conversation is too long for the model. " + detail}
	case status == 429:
		return session.Reason{Code: session.ModelRateLimited, Message: "The model provider is limiting requests. " + detail}
	case status == 0 || status == 408 || status >= 500:
		return session.Reason{Code: session.ModelUnavailable, Message: "The model did not respond. " + detail}
	}
	return session.Reason{Code: session.AgentError, Message: "The model provider rejected the request. " + detail}
}

// byWords is for errors that OpenCode has no name for.
func byWords(message, detail string) session.Reason {
	message = strings.ToLower(message)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(message, w) {
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
	return session.Reason{Code: session.AgentError, Message: detail}
}
