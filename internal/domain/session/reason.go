package session

import "time"

// ReasonCode says why a session stands where it stands; empty when there is nothing to say.
type ReasonCode string

// The reasons. Remedy says what a person can do about each, Retries which are tried again without one.
const (
	RunnerUnreachable ReasonCode = "runner_unreachable"
	RunnerLost        ReasonCode = "runner_lost"
	RunnerVersion     ReasonCode = "runner_version"
	ModelAuth         ReasonCode = "model_auth"
	ModelRateLimited  ReasonCode = "model_rate_limited"
	ModelUnavailable  ReasonCode = "model_unavailable"
	ContextOverflow   ReasonCode = "context_overflow"
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

// Reason is a code with the sentence people read.
type Reason struct {
	Code    ReasonCode `json:"code"`
	Message string     `json:"message"`
}

var remedies = map[ReasonCode]string{
	RunnerUnreachable: "It is tried again by itself. If it goes on, an admin can look at the OpenCode process.",
	RunnerLost:        "It is tried again by itself; the conversation and the tree are kept.",
	RunnerVersion:     "An admin can install the OpenCode version this server needs.",
	ModelAuth:         "A lead can replace the key under Model providers; then retry.",
	ModelRateLimited:  "It is tried again by itself when the provider allows.",
	ModelUnavailable:  "It is tried again by itself; a lead can test the connection under Model providers.",
	ContextOverflow:   "Choose a larger model, or start a new session with a shorter prompt.",
	PermissionTimeout: "Answer the question; the session then goes on.",
	BudgetExhausted:   "It goes on by itself when the team's budget frees or is raised. A session that used up a limit of its own does not: start another with more.",
	QuotaFull:         "It does not go on by itself: an admin can raise the team's limit. Resume it when there is room.",
	HostFull:          "It starts by itself when the host has room.",
	DurationExceeded:  "Retry to go on in the same conversation, or raise the limit.",
	Stalled:           "The work may still go on; nothing was stopped. Stop it if you would rather not wait.",
	LoopDetected:      "Read the last steps, then send a message or stop it.",
	WorkspaceError:    "Look at the repository's page; then retry.",
	DiskFull:          "See which files it wrote, then retry or send a message; an admin can allow sessions more disk.",
	AgentError:        "Read the last steps of the conversation; then retry or send a message.",
	InvalidConfig:     "Change the model, the agent or the repository of the session; then retry.",
	Shutdown:          "It goes on by itself when the server is back.",
}

// Remedy is what a person can do about the reason; empty when there is nothing to do.
func (c ReasonCode) Remedy() string { return remedies[c] }

// Retries says whether a failure of this reason is tried again without a person.
func (c ReasonCode) Retries() bool {
	switch c {
	case RunnerLost, RunnerUnreachable, ModelRateLimited, ModelUnavailable:
		return true
	}
	return false
}

// MaxAutomaticRetries bounds the automatic retries of one session.
const MaxAutomaticRetries = 3

// RetryDelay is 10 s · 2ⁿ for the n-th automatic retry (from 0), at most five minutes, plus jitter·20 % where jitter is in [0,1).
func RetryDelay(n int, jitter float64) time.Duration {
	d := 10 * time.Second << min(n, 5)
	d = min(d, 5*time.Minute)
	return d + time.Duration(float64(d)*0.2*jitter)
}
