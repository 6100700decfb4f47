// Package fault holds the few kinds of failure the product knows and the words a person may read about them.
// It knows no status code and no page: web, web/api and cmd each show a fault in one place of their own.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what sort of failure an error is.
type Kind string

// The kinds. An error that is not a *Error is Internal and its text is never shown.
const (
	Invalid         Kind = "invalid"
	Unauthenticated Kind = "unauthenticated"
	Forbidden       Kind = "forbidden"
	NotFound        Kind = "not_found"
	Conflict        Kind = "conflict"
	Exhausted       Kind = "quota_exceeded"
	Unavailable     Kind = "unavailable"
	Internal        Kind = "internal"
)

// Error is a failure a person may read about: Message is a whole sentence, Field the input it is about (or empty).
type Error struct {
	Kind    Kind
	Message string
	Field   string
	// Limit names the limit of an Exhausted fault; nil otherwise.
	Limit *Limit
	cause error
}

// Limit is what a refusal names: which limit, its value, what is used (Held of it by what is under way, which gives back
// what it does not need), when it frees and who can change it.
type Limit struct {
	Name              string
	Value, Used, Held int64
	FreesAt           time.Time
	WhoCan            string
}

func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause, which only logs may show.
func (e *Error) Unwrap() error { return e.cause }

// New makes a fault of kind k with a sentence for people.
func New(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Message: fmt.Sprintf(format, args...)}
}

// Field makes an Invalid fault about one input field.
func Field(field, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Missing is the one answer for what is not there and what is not yours.
func Missing(noun string) *Error { return New(NotFound, "There is no such %s here.", noun) }

// Because keeps cause for the log behind the same words.
func (e *Error) Because(cause error) *Error { c := *e; c.cause = cause; return &c }

// KindOf is the kind of err; Internal when it is not a fault.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is says whether err is a fault of kind k.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }

// Fields joins several field faults so that a form can show each beside its input.
type Fields []*Error

func (f Fields) Error() string {
	if len(f) == 0 {
		return ""
	}
	return f[0].Message
}

// As lets errors.As see the first field fault, so that KindOf answers Invalid.
func (f Fields) As(target any) bool {
	t, ok := target.(**Error)
	if !ok || len(f) == 0 {
		return false
	}
	*t = f[0]
	return true
}

// Err is nil when there are no faults.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// Add appends a field fault.
func (f *Fields) Add(field, format string, args ...any) {
	*f = append(*f, Field(field, format, args...))
}
