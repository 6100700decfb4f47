package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// longWait is the longest pause that an agent keeps its slot for. A provider that asks for a longer one ends the turn, and the session
// goes on when the pause is over.
const longWait = 5 * time.Minute

// rawBytes is how much of what a provider sent is passed on for people to read.
const rawBytes = 2 << 10

// blame is an error of the provider in the form that agents and the server's runner understand.
type blame struct {
	failure  provider.Failure
	sentence string
	retryAt  time.Time // with FailureWait
	raw      string    // what the provider sent
}

// again reports whether another try may help.
func (b blame) again() bool { return b.failure == provider.FailureResponse }

// status is what the agent gets: 502, which it retries after a pause, or a status that it does not retry.
func (b blame) status() int {
	switch {
	case b.again():
		return http.StatusBadGateway
	case b.failure == provider.FailureAccount || b.failure == provider.FailureWait:
		return http.StatusPaymentRequired
	}
	return http.StatusFailedDependency
}

func (b blame) setHeader(h http.Header) {
	h.Set(provider.FailureHeader, string(b.failure))
	if !b.retryAt.IsZero() {
		h.Set(provider.RetryAtHeader, b.retryAt.UTC().Format(time.RFC3339))
	}
	if b.raw != "" {
		h.Set(provider.RawHeader, provider.Fold(text.Brief(b.raw, rawBytes)))
	}
}

const noCredit = "The model provider's account has no credit or quota left."

// blameRefusal returns what is behind an error response of the provider; false if its status tells.
func (x *exchange) blameRefusal(h http.Header, body []byte) (blame, bool) {
	status := x.call.Status
	retried := status == http.StatusTooManyRequests || status >= 500
	if wait := waitOf(h, x.g.clock.Now()); retried && wait > longWait {
		at := x.g.clock.Now().Add(wait).UTC().Truncate(time.Second)
		return blame{failure: provider.FailureWait, retryAt: at, raw: string(body),
			sentence: fmt.Sprintf("The model provider accepts no requests until %s.", at.Format("2006-01-02 15:04 MST"))}, true
	}
	if isSpent(status, x.answer.failureCode, x.answer.failure) {
		return blame{failure: provider.FailureAccount, sentence: noCredit, raw: string(body)}, true
	}
	return blame{}, false
}

// waitOf returns how long a provider asks to wait; 0 if it does not.
func waitOf(h http.Header, now time.Time) time.Duration {
	const most = 366 * 24 * time.Hour
	seconds := func(s string, unit time.Duration) (time.Duration, bool) {
		n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil || !(n >= 0) {
			return 0, false
		}
		return time.Duration(min(n*float64(unit), float64(most))), true
	}
	if d, ok := seconds(h.Get("Retry-After-Ms"), time.Millisecond); ok {
		return d
	}
	after := h.Get("Retry-After")
	if d, ok := seconds(after, time.Second); ok {
		return d
	}
	if at, err := http.ParseTime(after); err == nil {
		return min(max(0, at.Sub(now)), most)
	}
	return 0
}

// spentCodes and spentWords say that an account has nothing left, in providers' codes and messages.
var (
	spentCodes = []string{"insufficient_quota", "insufficient_balance", "insufficient_credits", "insufficient_funds", "billing_hard_limit_reached", "billing_not_active"}
	spentWords = []string{"insufficient balance", "insufficient credit", "insufficient quota", "insufficient funds", "credit balance is too low",
		"check your plan and billing", "out of credits", "no credits left"}
)

// isSpent reports whether a refusal means that the provider's account has nothing left. It does not come back by waiting.
func isSpent(status int, code, message string) bool {
	switch status {
	case http.StatusPaymentRequired:
		return true
	case http.StatusOK, http.StatusBadRequest, http.StatusForbidden, http.StatusTooManyRequests:
		message = strings.ToLower(message)
		return slices.Contains(spentCodes, strings.ToLower(code)) || slices.ContainsFunc(spentWords, func(w string) bool { return strings.Contains(message, w) })
	}
	return false
}
