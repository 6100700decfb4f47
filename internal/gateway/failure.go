package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// statusGone is recorded for a call whose client disconnected before the provider responded.
const statusGone = 499

const (
	errGone   = "The agent disconnected before the end of the response."
	errBroken = "The provider's response was cut off."
)

// failUnreachable responds to a call that got no response from the provider.
func (x *exchange) failUnreachable(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		x.clientGone, x.call.Status, x.call.Error = true, statusGone, errGone
		return
	}
	if b := x.overLimit(0, err); b != nil {
		x.failWith(w, r, b)
		return
	}
	x.call.Status = http.StatusBadGateway
	code, message := string(fault.Unavailable), "Cannot connect to the provider: "+x.cause(err)+"."
	if x.reached.Load() {
		message = "The provider closed the connection before responding: " + x.cause(err) + "."
	}
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		// The guard refuses this address permanently, so the response must be one that the agent does not retry.
		x.call.Status, code, message = http.StatusForbidden, string(f.Kind), f.Message
	}
	x.call.Error = message
	x.settle(r.Context())
	w.Header().Set(provider.FailureHeader, code)
	x.q.fail(w, x.call.Status, code, message)
}

// refuseRedirect ends a call whose provider redirects, because the API key is meant only for the original URL.
func (x *exchange) refuseRedirect(w http.ResponseWriter, r *http.Request) {
	x.refused = true
	x.call.Error = fmt.Sprintf("The provider redirects to another URL (%d), and redirects are not followed. Set the provider's base URL to the final URL.", x.call.Status)
	x.settle(r.Context())
	x.answerBlame(w, &blame{failure: provider.FailureRedirect, sentence: x.call.Error})
}

// passFailure forwards an error response with its status and headers such as Retry-After, but never with the API key in it.
func (x *exchange) passFailure(w http.ResponseWriter, r *http.Request, res *http.Response) {
	x.refused = true
	body, err := x.readUpTo(res.Body, 1<<20)
	x.clientGone = err != nil && r.Context().Err() != nil
	if encoding(res) != "" {
		body = nil // the key cannot be removed from it
	}
	body = []byte(x.scrub(string(body)))
	x.q.whole(&x.answer, body)
	x.call.Error = x.failureMessage(body)
	x.settle(r.Context())
	if b, ok := x.blameRefusal(res.Header, body); ok {
		x.answerBlame(w, &b)
		return
	}
	x.answerHeader(w, res)
	w.Header().Del("Content-Length")
	w.Header().Del("Content-Encoding")
	if encoding(res) != "" {
		x.q.fail(w, res.StatusCode, "provider_error", "The provider returned an error: "+x.call.Error+".")
		return
	}
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(body) // the client may have disconnected
}

// failureMessage returns the provider's own message, or the status.
func (x *exchange) failureMessage(body []byte) string {
	words := x.answer.failure
	if words == "" {
		words = strings.TrimSpace(text.Brief(string(body), 200))
	}
	if words == "" {
		words = http.StatusText(x.call.Status)
	}
	return text.Brief(words, 500)
}

// cause returns the innermost message of err, without the API key.
func (x *exchange) cause(err error) string {
	return strings.TrimSuffix(text.Brief(x.scrub(innermost(err).Error()), 300), ".")
}

// leastSecret is the length of the shortest key that is a secret. Local servers are given keys such as "x", which every text contains.
const leastSecret = 8

// scrub removes the provider's API key from text that people or agents see.
func (x *exchange) scrub(s string) string { return scrubKey(s, x.grant.APIKey) }

// scrubBytes is scrub for a part of a response. A key that a provider spreads over several parts is not found.
func (x *exchange) scrubBytes(b []byte) []byte {
	key := []byte(x.grant.APIKey)
	if len(key) < leastSecret || !bytes.Contains(b, key) {
		return b
	}
	return bytes.ReplaceAll(b, key, []byte("[key]"))
}

func scrubKey(s, key string) string {
	if len(key) < leastSecret {
		return s
	}
	return strings.ReplaceAll(s, key, "[key]")
}
