package session

import (
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Status is the state of a session. The field is called status everywhere.
type Status string

// The twelve states. A draft is pending until it is started, and queued until it gets a slot. Running and degraded sessions (running,
// but something is wrong) use a slot; paused ones have released it and can resume. The other seven are final: they say how the work
// ended or who ended it, or, for orphaned, that its agent was lost. moves lists the transitions.
const (
	Pending            Status = "pending"
	Queued             Status = "queued"
	Running            Status = "running"
	Paused             Status = "paused"
	Completed          Status = "completed"
	PartiallyCompleted Status = "partially_completed"
	Failed             Status = "failed"
	Timeout            Status = "timeout"
	Stopped            Status = "stopped"
	Cancelled          Status = "cancelled"
	Orphaned           Status = "orphaned"
	Degraded           Status = "degraded"
)

// Statuses lists the twelve states in the order in which pages show them.
func Statuses() []Status {
	return []Status{Pending, Queued, Running, Degraded, Paused, Completed, PartiallyCompleted, Failed, Timeout, Stopped, Cancelled, Orphaned}
}

// moves is the complete state machine: 35 allowed transitions. A status without a row is final.
var moves = map[Status][]Status{
	Pending:            {Queued, Running, Cancelled, Failed},
	Queued:             {Running, Cancelled, Failed, Pending},
	Running:            {Completed, PartiallyCompleted, Failed, Timeout, Paused, Stopped, Degraded, Orphaned},
	Paused:             {Running, Stopped, Cancelled, Queued, Orphaned},
	Degraded:           {Running, Failed, Completed, Stopped, PartiallyCompleted, Timeout, Paused, Orphaned},
	Failed:             {Pending},
	Timeout:            {Pending},
	Stopped:            {Pending},
	Orphaned:           {Pending},
	Completed:          {Queued},
	PartiallyCompleted: {Queued},
}

// CanMove reports whether the transition from → to is allowed.
func CanMove(from, to Status) bool { return slices.Contains(moves[from], to) }

// Move is CanMove as a Conflict fault with a message for people.
func Move(from, to Status) error {
	if CanMove(from, to) {
		return nil
	}
	return fault.New(fault.Conflict, "A session that is %s cannot be %s.", from.Word(), to.Word())
}

// Valid reports whether s is one of the twelve states.
func (s Status) Valid() bool { return slices.Contains(Statuses(), s) }

// Word is the status as people read it, such as "partially completed".
func (s Status) Word() string {
	switch s {
	case PartiallyCompleted:
		return "partially completed"
	case Timeout:
		return "timed out"
	}
	return string(s)
}

// Active reports whether s counts toward the limit of concurrent sessions.
func (s Status) Active() bool { return s == Running || s == Degraded }

// Waiting reports whether a session with status s waits for a slot or a person.
func (s Status) Waiting() bool { return s == Pending || s == Queued || s == Paused }

// Finished reports whether the work has ended. Sessions in some finished states can be continued.
func (s Status) Finished() bool { return s.Valid() && !s.Active() && !s.Waiting() }
