// Package status is the one table of what a kind of fault is called in HTTP, for pages and the API alike.
// The model gateway has a table of its own: there a status steers an agent, not a browser.
package status

import (
	"net/http"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

var statuses = map[fault.Kind]int{
	fault.Invalid: http.StatusUnprocessableEntity, fault.Unauthenticated: http.StatusUnauthorized, fault.Forbidden: http.StatusForbidden,
	fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict, fault.Exhausted: http.StatusTooManyRequests,
	fault.Unavailable: http.StatusServiceUnavailable, fault.Internal: http.StatusInternalServerError,
}

// Of is the HTTP status of err: that of its kind; 500 for what is no fault.
func Of(err error) int { return statuses[fault.KindOf(err)] }
