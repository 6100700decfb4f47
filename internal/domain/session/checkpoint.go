package session

import (
	"time"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Cause is why a checkpoint was taken. The lookup table checkpoint_causes has the same entries.
type Cause string

// The causes of checkpoints.
const (
	AfterTurn     Cause = "turn"
	Periodic      Cause = "periodic"
	BeforePause   Cause = "before_pause"
	BeforeRestore Cause = "before_restore"
	Manual        Cause = "manual"
)

// TurnFailed is the note of a checkpoint after a turn that failed.
const TurnFailed = "failed"

// KeptCheckpoints is how many checkpoints of a session are kept, in addition to older manual ones.
const KeptCheckpoints = 100

// MaxNote is the maximum length of the note of a checkpoint, in characters.
const MaxNote = 200

// Sums counts changed files and lines.
type Sums struct{ Files, Additions, Deletions int }

// Snapshot is a stored state of a working tree: a commit in the server's git directory.
type Snapshot struct {
	Commit, Tree string
	// Since counts the changes since the base commit, Step those since the checkpoint before.
	Since, Step Sums
}

// Checkpoint is a state of a session that it can return to: its files and the last message of its conversation.
type Checkpoint struct {
	Snapshot
	// N numbers the checkpoints of a session from 1. A number is never used again.
	N     int64
	Cause Cause
	Note  string
	// Conversation is the agent's own session; MessageID is its last finished message. Both can be empty.
	Conversation, MessageID string
	// LastMessage is the number of the last message of a person that the agent had received; 0 means none.
	LastMessage int64
	// EventSeq is the number of the last event of the session's log.
	EventSeq int64
	Attempt  int
	// Tokens, CostMicroUSD and Ran are what the session had used.
	Tokens, CostMicroUSD int64
	Ran                  time.Duration
	By                   event.Actor
	At                   time.Time
}

// CheckNote cleans the note of a manual checkpoint, which can be empty.
func CheckNote(note string) (string, error) {
	note = text.Line(text.Clean(note))
	if n := utf8.RuneCountInString(note); n > MaxNote {
		return "", fault.Field("note", "Use at most %d characters (you entered %d).", MaxNote, n)
	}
	return note, nil
}

// Rewind is what an agent has to do before its next turn: continue a conversation that ends at an earlier message.
type Rewind struct {
	// From is the session whose agent has the conversation: the session itself, or the one that it was forked from.
	From                    ID
	Conversation, MessageID string
}

// CanRestoreGood reports whether a session in this state offers to restore its last good state.
func (s Status) CanRestoreGood() bool {
	return s == Failed || s == Timeout || s == Stopped || s == Orphaned
}
