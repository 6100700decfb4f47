package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// statusGone is recorded for a call whose client left before the provider answered.
const statusGone = 499

const (
	errGone   = "The agent did not wait for the end of the answer."
	errBroken = "The provider's answer broke off."
)

// unreached answers a call that got no answer.
func (x *exchange) unreached(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		x.gone, x.call.Status, x.call.Error = true, statusGone, errGone
		return
	}
	x.call.Status = http.StatusBadGateway
	code, message := string(fault.Unavailable), "The provider cannot be reached: "+x.cause(err)+"."
	if x.reached.Load() {
		message = "The provider broke off before it answered: " + x.cause(err) + "."
	}
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		// An address that nobody opened stays closed: an answer that is not tried again.
		x.call.Status, code, message = http.StatusForbidden, string(f.Kind), f.Message
	}
	x.call.Error = message
	x.settle(r.Context())
	x.q.fail(w, x.call.Status, code, message)
}

// refuseRedirect ends a call whose provider points elsewhere: the key was meant for this address alone.
func (x *exchange) refuseRedirect(w http.ResponseWriter, r *http.Request) {
	x.refused = true
	x.call.Error = fmt.Sprintf("The provider redirects to another address (%d), which is not followed. Set its base URL to the final one.", x.call.Status)
	x.settle(r.Context())
	x.q.fail(w, http.StatusFailedDependency, string(fault.Invalid), x.call.Error)
}

// passFailure gives an error answer on with its status and headers such as Retry-After, but never with the key in it.
func (x *exchange) passFailure(w http.ResponseWriter, r *http.Request, res *http.Response) {
	x.refused = true
	body, err := x.readUpTo(res.Body, 1<<20)
	x.gone = err != nil && r.Context().Err() != nil
	if encoded(res) {
		body = nil // it cannot be searched for the key
	}
	body = []byte(x.scrub(string(body)))
	x.q.whole(&x.answer, body)
	x.call.Error = x.failureWords(body)
	x.settle(r.Context())
	x.answerHeader(w, res)
	w.Header().Del("Content-Length")
	w.Header().Del("Content-Encoding")
	if encoded(res) {
		x.q.fail(w, res.StatusCode, "provider_error", "The provider failed: "+x.call.Error+".")
		return
	}
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(body) // the client may be gone
}

// failureWords is the provider's own sentence, or the status.
func (x *exchange) failureWords(body []byte) string {
	words := x.answer.failure
	if words == "" {
		words = strings.TrimSpace(text.Brief(string(body), 200))
	}
	if words == "" {
		words = http.StatusText(x.call.Status)
	}
	return text.Brief(words, 500)
}

// cause is the innermost words of err, without the key.
func (x *exchange) cause(err error) string {
	return strings.TrimSuffix(text.Brief(x.scrub(innermost(err).Error()), 300), ".")
}

// scrub takes the provider's key out of words that people or agents see.
func (x *exchange) scrub(s string) string {
	if x.grant.APIKey == "" {
		return s
	}
	return strings.ReplaceAll(s, x.grant.APIKey, "[key]")
}
