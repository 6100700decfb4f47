package session

import (
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Status is where a session stands. The field is called status everywhere.
type Status string

// The twelve states. A draft is pending until it is started and waits in queued for a slot; running and degraded (running, with
// something wrong) hold a slot; paused gave it back and can go on. The other seven are ends: how the work came out, who ended it,
// or, for orphaned, that its agent was lost. moves says what leads where.
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

// Statuses lists the twelve in the order boards and chips show them.
func Statuses() []Status {
	return []Status{Pending, Queued, Running, Degraded, Paused, Completed, PartiallyCompleted, Failed, Timeout, Stopped, Cancelled, Orphaned}
}

// moves is the whole machine: 35 legal pairs. A status without a row is final.
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

// CanMove says whether from → to is one of the 35 legal pairs.
func CanMove(from, to Status) bool { return slices.Contains(moves[from], to) }

// Move is CanMove as a Conflict fault with the sentence a person reads.
func Move(from, to Status) error {
	if CanMove(from, to) {
		return nil
	}
	return fault.New(fault.Conflict, "A session that is %s cannot become %s.", from.Word(), to.Word())
}

// Valid says whether s is one of the twelve.
func (s Status) Valid() bool { return slices.Contains(Statuses(), s) }

// Word is how people read the status: "partially completed".
func (s Status) Word() string {
	if s == PartiallyCompleted {
		return "partially completed"
	}
	return string(s)
}

// Active says whether s counts against the concurrency quota.
func (s Status) Active() bool { return s == Running || s == Degraded }

// Waiting says whether s waits for a slot or a person.
func (s Status) Waiting() bool { return s == Pending || s == Queued || s == Paused }

// Finished says whether the work has ended; some finished states can be taken up again.
func (s Status) Finished() bool { return s.Valid() && !s.Active() && !s.Waiting() }
