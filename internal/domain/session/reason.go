package session

import "time"

// ReasonCode is the reason for a session's state; empty if there is none.
type ReasonCode string

// The reasons. Remedy says what a person can do about each; Retries reports which are retried automatically.
const (
	RunnerUnreachable ReasonCode = "runner_unreachable"
	RunnerLost        ReasonCode = "runner_lost"
	RunnerVersion     ReasonCode = "runner_version"
	ModelAuth         ReasonCode = "model_auth"
	ModelAccount      ReasonCode = "model_account"
	ModelForbidden    ReasonCode = "model_forbidden"
	ModelProtocol     ReasonCode = "model_protocol"
	ModelRateLimited  ReasonCode = "model_rate_limited"
	ModelUnavailable  ReasonCode = "model_unavailable"
	ContextOverflow   ReasonCode = "context_overflow"
	RequestTooLarge   ReasonCode = "request_too_large"
	PermissionTimeout ReasonCode = "permission_timeout"
	BudgetExhausted   ReasonCode = "budget_exhausted"
	QuotaFull         ReasonCode = "quota_full"
	HostFull          ReasonCode = "host_full"
	DurationExceeded  ReasonCode = "duration_exceeded"
	Stalled           ReasonCode = "stalled"
	LoopDetected      ReasonCode = "loop_detected"
	WorkspaceError    ReasonCode = "workspace_error"
	DiskFull          ReasonCode = "disk_full"
	AgentError        ReasonCode = "agent_error"
	InvalidConfig     ReasonCode = "invalid_config"
	ByUser            ReasonCode = "user"
	Shutdown          ReasonCode = "shutdown"
)

// Reason is a code with a message for people.
type Reason struct {
	Code    ReasonCode `json:"code"`
	Message string     `json:"message"`
	// RetryAt is when what failed can work again, if that is known: an automatic retry waits until then. It is not stored.
	RetryAt time.Time `json:"-"`
}

var remedies = map[ReasonCode]string{
	RunnerUnreachable: "The session is retried automatically. If this keeps happening, an admin can check the OpenCode process.",
	RunnerLost:        "The session is retried automatically. Its conversation and files are kept.",
	RunnerVersion:     "An admin can install the OpenCode version that this server requires.",
	ModelAuth:         "A lead can replace the API key under Model providers. Then retry the session.",
	ModelAccount:      "A lead can add credit to the account at the model provider, or choose another provider. Then retry the session.",
	ModelForbidden:    "A lead can check at the model provider what the account and the API key may use. Then retry the session.",
	ModelProtocol:     "Choose another model, or ask whoever runs the model provider. Then retry the session.",
	ModelRateLimited:  "The session is retried automatically when the provider accepts requests again.",
	ModelUnavailable:  "The session is retried automatically. A lead can test the connection under Model providers.",
	ContextOverflow:   "Choose a model with a larger context, or start a new session with a shorter prompt.",
	RequestTooLarge:   "Start a new session with a shorter prompt. Whoever runs the model provider may accept larger requests.",
	PermissionTimeout: "Answer the question to continue the session.",
	BudgetExhausted:   "If the team's budget is used up, the session resumes automatically when the budget resets or is raised.",
	QuotaFull:         "An admin can raise the team's limit. Resume the session when there is room.",
	HostFull:          "The session starts automatically when the host has room.",
	DurationExceeded:  "Retry to continue in the same conversation, or raise the time limit.",
	Stalled:           "The agent may still be working, so the session was not stopped. Stop it if you don't want to wait.",
	LoopDetected:      "Send a message and resume, resume the session without a message, or end it.",
	WorkspaceError:    "Check the repository's page, then retry.",
	DiskFull:          "Check which files the session wrote, then retry or send a message. An admin can allow sessions more disk space.",
	AgentError:        "Check the last steps of the conversation, then retry or send a message.",
	InvalidConfig:     "Change the session's model, agent or repository, then retry.",
	Shutdown:          "The session resumes automatically when the server is running again.",
}

// Remedy says what a person can do about the reason; empty if there is nothing to do.
func (c ReasonCode) Remedy() string { return remedies[c] }

// Retries reports whether a failure with this reason is retried automatically.
func (c ReasonCode) Retries() bool {
	switch c {
	case RunnerLost, RunnerUnreachable, ModelRateLimited, ModelUnavailable:
		return true
	}
	return false
}

// MaxAutomaticRetries is the maximum number of automatic retries of a session.
const MaxAutomaticRetries = 3

// RetryDelay is 10 s · 2ⁿ before the n-th automatic retry (counting from 0), at most 5 minutes, plus jitter · 20%, with jitter in [0,1).
func RetryDelay(n int, jitter float64) time.Duration {
	d := 10 * time.Second << min(n, 5)
	d = min(d, 5*time.Minute)
	return d + time.Duration(float64(d)*0.2*jitter)
}
