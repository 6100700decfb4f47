package forge

import (
	"errors"
	"time"
)

// Reason is why a forge did not do what it was asked.
type Reason string

// The reasons.
const (
	BadToken      Reason = "bad_token"      // the token is wrong or expired
	Forbidden     Reason = "forbidden"      // the token lacks a right or scope
	Missing       Reason = "missing"        // no such project, branch or pull request, or the token cannot see it
	Exists        Reason = "exists"         // an open pull request of this branch exists
	NothingNew    Reason = "nothing_new"    // the branch has no commit that the base lacks
	Invalid       Reason = "invalid"        // a field is refused
	Limited       Reason = "limited"        // too many requests; see RetryAfter
	HeadMoved     Reason = "head_moved"     // the branch has another commit than the caller saw
	Later         Reason = "later"          // the forge still computes whether it can merge
	Clash         Reason = "conflict"       // the branches conflict
	NeedsChecks   Reason = "needs_checks"   // required checks have not passed
	NeedsReviews  Reason = "needs_reviews"  // required reviews are missing
	IsDraft       Reason = "draft"          // a draft cannot be merged
	AlreadyMerged Reason = "already_merged" // it is merged
	NotOpen       Reason = "not_open"       // it is closed
	NotAllowed    Reason = "not_allowed"    // a rule of the forge prevents the merge
	Unreachable   Reason = "unreachable"    // no connection
	TimedOut      Reason = "timed_out"      // no answer in time: the act may have been done
	Redirected    Reason = "redirected"     // the API URL is not the right one
	Broken        Reason = "broken"         // an answer that is no answer of this API
)

// Refusal is an error of a forge. Text is the forge's own message: bounded, without control characters and without the token, but not
// to be trusted.
type Refusal struct {
	Reason     Reason
	Status     int
	Text       string
	RetryAfter time.Duration
	cause      error
}

// Error describes the refusal for the log.
func (r *Refusal) Error() string {
	s := "forge: " + string(r.Reason)
	if r.Text != "" {
		s += ": " + r.Text
	}
	return s
}

// Unwrap returns the cause, if there is one.
func (r *Refusal) Unwrap() error { return r.cause }

// Because returns a copy of r with a cause for the log.
func (r *Refusal) Because(cause error) *Refusal { c := *r; c.cause = cause; return &c }

// ReasonOf returns the reason of a refusal; "" for nil and other errors.
func ReasonOf(err error) Reason {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Reason
	}
	return ""
}

// AsRefusal returns err as a refusal, if it is one.
func AsRefusal(err error) (*Refusal, bool) {
	var r *Refusal
	ok := errors.As(err, &r)
	return r, ok
}

// TextOf returns the forge's own message in a refusal.
func TextOf(err error) string {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Text
	}
	return ""
}

// IsUncertain reports whether the act may have been done although err reports a failure.
func IsUncertain(err error) bool {
	var r *Refusal
	return errors.As(err, &r) && (r.Reason == TimedOut || r.Reason == Broken || r.Status >= 500)
}
