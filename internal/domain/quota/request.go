package quota

import (
	"time"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Request is a lead's request for higher monthly limits, with the admin's answer once there is one.
type Request struct {
	ID          string
	AskedBy     tenant.UserID
	AskedByName string
	AskedAt     time.Time
	Wanted      Limits // the new limits; nil leaves a limit unchanged
	Reason      string
	Answer      Answer
	Note        string // the admin's note
	AnsweredBy  string
	AnsweredAt  *time.Time
}

// Answer is the decision on a request; empty while it is open.
type Answer string

// The answers.
const (
	Granted Answer = "granted"
	Refused Answer = "refused"
)

// maxReason is the maximum length of a request's reason and of its answer's note.
const maxReason = 1000

// Check validates a request against the current limits: it must raise at least one and have a reason.
func (r Request) Check(now Limits) error {
	var f fault.Fields
	if n := utf8.RuneCountInString(text.Line(r.Reason)); n < 3 || n > maxReason {
		f.Add("reason", "Enter a reason of 3 to 1,000 characters (you entered %d).", n)
	}
	if r.Wanted.None() {
		f.Add("tokens", "Enter the limit you need.")
	}
	more(&f, "tokens", r.Wanted.Tokens, now.Tokens, Count)
	more(&f, "cost", r.Wanted.Cost, now.Cost, Money)
	return f.Err()
}

func more(f *fault.Fields, field string, wanted, now *int64, write func(int64) string) {
	switch {
	case wanted == nil:
	case now == nil:
		f.Add(field, "The team has no such limit, so there is nothing to raise.")
	case *wanted <= *now:
		f.Add(field, "Enter a value above the current limit of %s.", write(*now))
	case *wanted > MaxLimit:
		f.Add(field, "Enter at most %s.", write(MaxLimit))
	}
}

// CheckNote validates the note of an admin.
func CheckNote(note string) error {
	if n := utf8.RuneCountInString(note); n > maxReason {
		return fault.Field("note", "Use at most 1,000 characters (you entered %d).", n)
	}
	return nil
}
