package turn

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// mark is what the gateway says about an error of a model call: in headers, or in the event with which it ends a stream.
type mark struct {
	Failure string `json:"failure"`
	Folded  string `json:"raw"`
	retryAt time.Time
}

// markOf reads the gateway's mark of a failure. The gateway removes such headers from providers' responses and replaces the errors in
// their streams; a stream that it cannot read can blame nobody but the provider.
func markOf(d wire.FailureData) (m mark) {
	if m.Failure = d.Header(provider.FailureHeader); m.Failure != "" {
		m.Folded = d.Header(provider.RawHeader)
		m.retryAt, _ = time.Parse(time.RFC3339, d.Header(provider.RetryAtHeader)) // zero without one
		return m
	}
	var body struct{ Error mark }
	if d.StatusCode == 0 && json.Unmarshal([]byte(d.ResponseBody), &body) == nil && strings.HasPrefix(body.Error.Failure, "provider_") {
		return body.Error
	}
	return m
}

// byMark is for errors that the gateway has explained, in a sentence that stands for itself.
func byMark(d wire.FailureData, detail string) (session.Reason, bool) {
	m := markOf(d)
	why := session.Reason{Message: detail}
	switch m.Failure {
	case string(fault.Exhausted):
		why = session.Reason{Code: session.BudgetExhausted, Message: "The budget is used up. " + detail}
	case string(provider.FailureAccount):
		why.Code = session.ModelAccount
	case string(provider.FailureWait):
		why.Code, why.RetryAt = session.ModelRateLimited, m.retryAt
	case string(provider.FailureProtocol):
		why.Code = session.ModelProtocol
	case string(provider.FailureTooLarge):
		why.Code = session.RequestTooLarge
	case string(provider.FailureResponse), string(fault.Unavailable), string(fault.Internal):
		why.Code = session.ModelUnavailable
	case string(provider.FailureRedirect), string(fault.Forbidden), string(fault.NotFound):
		why.Code = session.InvalidConfig
	case string(fault.Unauthenticated):
		why = session.Reason{Code: session.RunnerLost, Message: "The model gateway no longer accepts the key of this OpenCode process."}
	case string(fault.Invalid), string(fault.Conflict):
		why.Code = session.AgentError
	default:
		return session.Reason{}, false
	}
	return why, true
}

// rawOf is what a provider or a library wrote where people read our words instead; empty where they read it anyway.
func rawOf(f wire.Failure) string {
	if m := markOf(f.Data); m.Folded != "" {
		return provider.Unfold(m.Folded)
	}
	if _, ok := breach(f.Data.Message); ok && f.Name != "APIError" {
		return f.Data.Message
	}
	return ""
}
