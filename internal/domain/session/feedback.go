package session

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Feedback is what a person thinks of a session's work.
type Feedback struct {
	By     tenant.UserID
	ByName string
	Value  int64 // −1, 0 or 1
	Note   string
	At     time.Time
}

// MaxFeedback is the most characters of a note.
const MaxFeedback = 1000

// Thumb is what people think together: 1, −1, or 0 if they say nothing or are of two minds.
func Thumb(all []Feedback) int64 {
	var sum int64
	for _, f := range all {
		sum += f.Value
	}
	return max(-1, min(1, sum))
}
