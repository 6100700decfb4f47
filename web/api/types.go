package api

import (
	"encoding/json"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Time is written as RFC 3339 in UTC with milliseconds.
type Time struct{ time.Time }

// instant is t as the API writes it.
func instant(t time.Time) Time { return Time{t} }

const timeFormat = "2006-01-02T15:04:05.000Z"

// MarshalJSON always writes three digits of milliseconds, so that times sort as text.
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(`"` + t.UTC().Format(timeFormat) + `"`), nil
}

// Schema is a date-time.
func (Time) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Examples: []any{"2026-05-04T09:30:00.000Z"}}
}

func timeOrNull(t time.Time) *Time {
	if t.IsZero() {
		return nil
	}
	return &Time{t}
}

func timeAt(t *time.Time) *Time {
	if t == nil {
		return nil
	}
	return &Time{*t}
}

// orNull is a T or null: an object that may be absent keeps its place in an answer.
type orNull[T any] struct{ value *T }

// MarshalJSON writes the value, or null.
func (o orNull[T]) MarshalJSON() ([]byte, error) { return json.Marshal(o.value) }

// Schema allows both.
func (orNull[T]) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{r.Schema(reflect.TypeFor[T](), true, ""), {Type: "null"}}}
}

// priority is taken by name or by number and answered by name.
type priority string

// UnmarshalJSON reads both forms.
func (p *priority) UnmarshalJSON(b []byte) error {
	var n int
	if json.Unmarshal(b, &n) == nil {
		*p = priority(strconv.Itoa(n))
		return nil
	}
	return json.Unmarshal(b, (*string)(p))
}

// Schema lists the names and the numbers.
func (priority) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Description: "By name or by number, 0 (critical) to 4 (deferred). medium when left out.", Examples: []any{"high"}}
	for _, name := range session.Priorities() {
		s.Enum = append(s.Enum, name)
	}
	for i := range session.Priorities() {
		s.Enum = append(s.Enum, float64(i)) // as JSON numbers are decoded
	}
	return s
}

// noFields is the body of an operation that needs none: an empty object or nothing.
type noFields struct{}

// list is an answer that holds all there is.
type list[T any] struct {
	Items []T `json:"items"`
}

// listOf is the list of items.
func listOf[T any](items []T) list[T] { return list[T]{items} }

// mapped makes the items of a list, which is never null.
func mapped[F, T any](from []F, fn func(F) T) []T {
	to := make([]T, 0, len(from))
	for _, f := range from {
		to = append(to, fn(f))
	}
	return to
}

// answer is a body with the operation's own status.
type answer[T any] struct{ Body T }

func answered[T any](body T) *answer[T] { return &answer[T]{body} }
