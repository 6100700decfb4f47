package instance

import (
	"strconv"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Keep is for how many days things are kept. Transcripts 0 is for ever; Calls 0 is off: then no prompt and no answer is stored at all.
type Keep struct{ Transcripts, Calls int }

// The settings that hold a Keep.
const (
	KeepTranscripts = "keep_transcripts_days"
	KeepCalls       = "keep_model_calls_days"
)

// DefaultKeep is what holds where nothing was set.
func DefaultKeep() Keep { return Keep{Transcripts: 365, Calls: 30} }

// mostDays is the longest time that can be set; longer is for ever.
const mostDays = 36_500

// Days reads a number of days as a person types it.
func Days(field, text string) (int, error) {
	n, err := strconv.Atoi(strings.ReplaceAll(strings.TrimSpace(text), ",", ""))
	if err != nil || n < 0 || n > mostDays {
		return 0, fault.Field(field, "Days are a whole number from 0 to 36,500; %q is not.", text)
	}
	return n, nil
}

// OldestTranscript is before when a session must have ended for its transcript to go; ok is false when none goes.
func (k Keep) OldestTranscript(now time.Time) (before time.Time, ok bool) {
	return now.AddDate(0, 0, -k.Transcripts), k.Transcripts > 0
}

// OldestCall is before when a model call must have begun to go. Where calls are not kept, their figures stay for a day all the same:
// a call that is told twice must be known.
func (k Keep) OldestCall(now time.Time) time.Time { return now.AddDate(0, 0, -max(k.Calls, 1)) }

// CallsOff says that nothing of what models are asked and answer is stored.
func (k Keep) CallsOff() bool { return k.Calls == 0 }
