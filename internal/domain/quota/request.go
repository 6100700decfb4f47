package quota

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Request is a lead's wish for higher monthly limits, with the operator's answer once there is one.
type Request struct {
	ID          string
	AskedBy     tenant.UserID
	AskedByName string
	AskedAt     time.Time
	Wanted      Limits // the new limits; nil leaves one as it is
	Reason      string
	Answer      Answer
	Note        string // what the operator said
	AnsweredBy  string
	AnsweredAt  *time.Time
}

// Answer is what became of a request; empty while it is open.
type Answer string

// The answers.
const (
	Granted Answer = "granted"
	Refused Answer = "refused"
)

// maxReason bounds what a request says, and what its answer says.
const maxReason = 1000

// Check gives the faults of a request against the limits that hold now: it wants more of something, and says why.
func (r Request) Check(now Limits) error {
	var f fault.Fields
	if n := utf8.RuneCountInString(strings.TrimSpace(r.Reason)); n < 3 || n > maxReason {
		f.Add("reason", "Say in 3 to 1,000 characters what it is for; this has %d.", n)
	}
	if r.Wanted.None() {
		f.Add("tokens", "Name the limit you ask for.")
	}
	more(&f, "tokens", r.Wanted.Tokens, now.Tokens, Count)
	more(&f, "cost", r.Wanted.Cost, now.Cost, Money)
	return f.Err()
}

func more(f *fault.Fields, field string, wanted, now *int64, write func(int64) string) {
	switch {
	case wanted == nil:
	case now == nil:
		f.Add(field, "There is no such limit to be raised.")
	case *wanted <= *now:
		f.Add(field, "Ask for more than the %s there are.", write(*now))
	case *wanted > MaxLimit:
		f.Add(field, "Ask for %s at most.", write(MaxLimit))
	}
}

// CheckNote gives the fault of an operator's words.
func CheckNote(note string) error {
	if n := utf8.RuneCountInString(note); n > maxReason {
		return fault.Field("note", "An answer says at most 1,000 characters; this has %d.", n)
	}
	return nil
}
