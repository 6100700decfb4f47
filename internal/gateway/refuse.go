package gateway

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/listener"
)

var errTooLarge = errors.New("the request is larger than 32 MiB")

// statuses are the HTTP status codes for each kind of fault. 402 ends the agent's turn immediately, while 429 would be retried.
var statuses = map[fault.Kind]int{
	fault.Invalid:         http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.Exhausted:       http.StatusPaymentRequired,
	fault.Unavailable:     http.StatusServiceUnavailable,
}

// refuse responds with err in the endpoint's format. The message of an error that is not a fault is only logged.
func (g *Gateway) refuse(w http.ResponseWriter, e *endpoint, err error) {
	kind := fault.KindOf(err)
	if kind == fault.Unauthenticated || kind == fault.Invalid {
		listener.End(w)
	}
	w.Header().Set(provider.FailureHeader, string(kind))
	status, ok := statuses[kind]
	switch {
	case errors.Is(err, errTooLarge):
		w.Header().Set(provider.FailureHeader, string(provider.FailureTooLarge))
		e.fail(w, http.StatusRequestEntityTooLarge, "too_large", "The request is larger than 32 MiB.")
	case ok:
		e.fail(w, status, string(kind), err.Error())
	default:
		g.log.Error("admit model call", "err", err)
		e.fail(w, http.StatusInternalServerError, string(fault.Internal), "The gateway encountered an error. Try again.")
	}
}

// fail writes an error in the format that the endpoint's clients expect.
func (e *endpoint) fail(w http.ResponseWriter, status int, code, message string) {
	body := map[string]any{"error": map[string]any{"message": message, "type": code, "code": code, "param": nil}}
	if e.anthropic {
		body = map[string]any{"type": "error", "error": map[string]any{"type": code, "message": message}}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may have disconnected
}

// errorEvent returns the data of an event that ends a stream with an error. The message is itself JSON, because that is how OpenCode
// learns the sentence and whether to retry.
func (e *endpoint) errorEvent(b *blame) string {
	code := "server_error"
	if !b.again() {
		code = "invalid_prompt" // the code of those that OpenCode does not retry
	}
	inner, _ := json.Marshal(map[string]any{"type": "error", "error": map[string]string{"code": code, "message": b.sentence,
		"failure": string(b.failure), "raw": provider.Fold(text.Brief(b.raw, rawBytes))}}) // strings always marshal
	var event any = map[string]any{"type": "error", "error": map[string]any{"type": code, "code": code, "message": string(inner)}}
	if e.name == "responses" {
		event = map[string]any{"type": "error", "sequence_number": 0, "code": code, "message": string(inner), "param": nil}
	}
	raw, _ := json.Marshal(event)
	return string(raw)
}

func notHere(w http.ResponseWriter, _ *http.Request) {
	listener.End(w)
	endpoints[0].fail(w, http.StatusNotFound, string(fault.NotFound), "Endpoint not found.")
}
