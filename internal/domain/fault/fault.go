// Package fault defines the kinds of failure in the product and the messages that people read about them.
// It does not depend on HTTP or pages: web, web/api and cmd each render faults in one place.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind is the kind of a failure.
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

// Error is a failure that people can read: Message is a full sentence, Field is the input it refers to (or empty).
type Error struct {
	Kind    Kind
	Message string
	Field   string
	// Limit is the limit of an Exhausted fault; nil otherwise.
	Limit *Limit
	cause error
}

// Limit describes the limit in a refusal: its name, its value, how much is used (Held of it is reserved by work in progress,
// which returns what it does not need), when it resets and who can change it.
type Limit struct {
	Name              string
	Value, Used, Held int64
	FreesAt           time.Time
	WhoCan            string
}

func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause, which only logs may show.
func (e *Error) Unwrap() error { return e.cause }

// New returns a fault of kind k with a message for people.
func New(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Message: fmt.Sprintf(format, args...)}
}

// Field returns an Invalid fault for one input field.
func Field(field, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Missing is the fault for things that do not exist and for things the caller may not see, so that nobody can tell them apart.
func Missing(noun string) *Error {
	return New(NotFound, "%s not found.", strings.ToUpper(noun[:min(1, len(noun))])+noun[min(1, len(noun)):])
}

// Because returns a copy of e with a cause for the log and the same message.
func (e *Error) Because(cause error) *Error { c := *e; c.cause = cause; return &c }

// KindOf returns the kind of err, which is Internal if err is not a fault.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is a fault of kind k.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }

// Fields combines field faults, so that a form can show each one next to its input.
type Fields []*Error

func (f Fields) Error() string {
	if len(f) == 0 {
		return ""
	}
	return f[0].Message
}

// As lets errors.As find the first field fault, so that KindOf returns Invalid.
func (f Fields) As(target any) bool {
	t, ok := target.(**Error)
	if !ok || len(f) == 0 {
		return false
	}
	*t = f[0]
	return true
}

// Err returns nil if there are no faults.
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
