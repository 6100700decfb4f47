package instance

import (
	"strconv"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Keep is the retention in days. Transcripts 0 means forever. Calls 0 means that no prompts and responses are stored at all.
type Keep struct{ Transcripts, Calls int }

// The names of the settings that store a Keep.
const (
	KeepTranscripts = "keep_transcripts_days"
	KeepCalls       = "keep_model_calls_days"
)

// DefaultKeep is the retention if nothing was set.
func DefaultKeep() Keep { return Keep{Transcripts: 365, Calls: 30} }

// mostDays is the longest retention that can be set; anything longer is forever.
const mostDays = 36_500

// Days reads a number of days that a person typed.
func Days(field, typed string) (int, error) {
	n, err := strconv.Atoi(text.Ungroup(typed))
	if err != nil || n < 0 || n > mostDays {
		return 0, fault.Field(field, "%q is not a valid number of days. Use a whole number from 0 to 36,500.", typed)
	}
	return n, nil
}

// OldestTranscript returns the time before which a session must have ended for its transcript to be deleted; ok is false if
// transcripts are kept forever.
func (k Keep) OldestTranscript(now time.Time) (before time.Time, ok bool) {
	return now.AddDate(0, 0, -k.Transcripts), k.Transcripts > 0
}

// OldestCall returns the time before which a model call must have started to be deleted. If calls are not stored, their figures are
// still kept for a day, to recognize calls that are reported twice.
func (k Keep) OldestCall(now time.Time) time.Time { return now.AddDate(0, 0, -max(k.Calls, 1)) }

// CallsOff reports whether no prompts and responses are stored.
func (k Keep) CallsOff() bool { return k.Calls == 0 }
