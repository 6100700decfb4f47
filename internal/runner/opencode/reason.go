package opencode

import (
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

var (
	outputLimit = session.Reason{Code: session.AgentError, Message: "The model stopped at its output limit before it was done."}
	filtered    = session.Reason{Code: session.AgentError, Message: "The model's provider filtered the answer."}
)

// reason is an error of OpenCode as why a session stands where it stands.
func (e sourceError) reason() session.Reason {
	said := sentence(e.Data.Message)
	switch e.Name {
	case "APIError":
		return byStatus(e.Data.StatusCode, said)
	case "ProviderAuthError":
		return session.Reason{Code: session.ModelAuth, Message: "The model's provider refuses the key. " + said}
	case "ContextOverflowError":
		return session.Reason{Code: session.ContextOverflow, Message: "The conversation no longer fits the model. " + said}
	case "MessageOutputLengthError":
		return outputLimit
	case "ContentFilterError":
		return filtered
	case abortedError:
		return session.Reason{Code: session.AgentError, Message: "The agent's run was aborted at OpenCode itself."}
	case "Silence":
		return session.Reason{Code: session.AgentError, Message: said}
	}
	return byWords(e.Data.Message, said)
}

func byStatus(status int64, said string) session.Reason {
	switch {
	case status == 401 || status == 403:
		return session.Reason{Code: session.ModelAuth, Message: "The model's provider refuses the key. " + said}
	case status == 402:
		return session.Reason{Code: session.BudgetExhausted, Message: "The budget is spent. " + said}
	case status == 404:
		return session.Reason{Code: session.InvalidConfig, Message: "The provider has no such model. " + said}
	case status == 413:
		return session.Reason{Code: session.ContextOverflow, Message: "The conversation no longer fits the model. " + said}
	case status == 429:
		return session.Reason{Code: session.ModelRateLimited, Message: "The model's provider limits the rate. " + said}
	case status == 0 || status == 408 || status >= 500:
		return session.Reason{Code: session.ModelUnavailable, Message: "The model does not answer. " + said}
	}
	return session.Reason{Code: session.AgentError, Message: "The model's provider refuses the request. " + said}
}

// byWords is for errors that OpenCode knows no name for.
func byWords(message, said string) session.Reason {
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
		return session.Reason{Code: session.InvalidConfig, Message: said}
	case has("cannot connect", "timed out", "connection", "socket", "econn"):
		return session.Reason{Code: session.ModelUnavailable, Message: "The model does not answer. " + said}
	}
	return session.Reason{Code: session.AgentError, Message: said}
}
