package kit

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// ByID is the input of an operation on one object of the team.
type ByID struct {
	ID string `path:"id" doc:"The ID."`
}

// TextOrNull is s, or null if s is empty.
func TextOrNull[T ~string](s T) *string {
	if s == "" {
		return nil
	}
	text := string(s)
	return &text
}

// Time is written as RFC 3339 in UTC with milliseconds.
type Time struct{ time.Time }

// NewTime is t as the API writes it.
func NewTime(t time.Time) Time { return Time{t} }

const timeFormat = "2006-01-02T15:04:05.000Z"

// MarshalJSON always writes three digits of milliseconds, so that times sort as text.
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(`"` + t.UTC().Format(timeFormat) + `"`), nil
}

// Schema is a date-time.
func (Time) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Examples: []any{"2026-05-04T09:30:00.000Z"}}
}

// TimeOrNull is t, or null if t is the zero time.
func TimeOrNull(t time.Time) *Time {
	if t.IsZero() {
		return nil
	}
	return &Time{t}
}

// OptionalTime is t, or null if there is none.
func OptionalTime(t *time.Time) *Time {
	if t == nil {
		return nil
	}
	return &Time{*t}
}

// OrNull is a T or null. An absent object keeps its field in an answer.
type OrNull[T any] struct{ Value *T }

// MarshalJSON writes the value, or null.
func (o OrNull[T]) MarshalJSON() ([]byte, error) { return json.Marshal(o.Value) }

// Schema allows both.
func (OrNull[T]) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{r.Schema(reflect.TypeFor[T](), true, ""), {Type: "null"}}}
}

// NoFields is the body of an operation that needs none: an empty object or nothing.
type NoFields struct{}

// List is an answer with all items at once.
type List[T any] struct {
	Items []T `json:"items"`
}

// NewList is the list of items.
func NewList[T any](items []T) List[T] { return List[T]{items} }

// MapItems converts the items of a list. The result is never null.
func MapItems[F, T any](from []F, fn func(F) T) []T {
	to := make([]T, 0, len(from))
	for _, f := range from {
		to = append(to, fn(f))
	}
	return to
}

// Answer is a body with the status of the operation.
type Answer[T any] struct{ Body T }

// NewAnswer is the answer with a body.
func NewAnswer[T any](body T) *Answer[T] { return &Answer[T]{body} }

// Texts copies a list of strings. The result is never null.
func Texts(from []string) []string { return append([]string{}, from...) }
