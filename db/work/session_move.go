package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Move is a move of a session from one status, which is compared, to another at a time.
type Move struct {
	ID       session.ID
	From, To session.Status
	Reason   session.Reason
	At       time.Time
	// Version is compared too, unless it is 0.
	Version int64
	// RetryAt is the time of the next automatic retry; nil clears it.
	RetryAt *time.Time
	// CountRetry counts an automatic retry, ResetRetries sets the count to zero.
	CountRetry, ResetRetries bool
	// NewAttempt begins the next attempt and sets the running time to zero; ResetClock only sets the running time to zero.
	NewAttempt, ResetClock bool
	// ResumeOnStart marks a session that resumes automatically when the server starts.
	ResumeOnStart bool
	// QueuedAt is the time a queued session waits since; zero is At.
	QueuedAt time.Time
}

var (
	// The row is read and locked, so that one function, applyMove, determines all values that a move writes.
	qMovedRow = area.ScopedLocked(`SELECT `+movedRowColumns()+` FROM sessions WHERE tenant_id = $1 AND id = $2 AND status = $3 AND deleted_at IS NULL`, "FOR NO KEY UPDATE")
	qMove     = area.Scoped(`UPDATE main.sessions SET version = version + 1, ` + assignMovedColumns(4) + ` WHERE tenant_id = $1 AND id = $2 AND version = $3`)
)

// MoveSession moves a session that is still in the status m.From, with its running time, its counters and its change; Conflict if
// another move was first. The caller checks with package session that the move is legal, writes the event, and returns or takes the place.
func (s Scope) MoveSession(ctx context.Context, m Move) (p Placing, err error) {
	row, ok, err := dbkernel.Maybe(scanMovedRow)(s.Scope.Query(ctx, qMovedRow, m.ID, m.From))
	if err != nil {
		return p, dbkernel.Wrap("move session", err)
	}
	if !ok || m.Version != 0 && m.Version != row.version {
		return p, s.moveConflict(ctx, m.ID)
	}
	had := row.place
	row.applyMove(m)
	p = placingOf(row, had, m)
	n, err := s.Scope.Exec(ctx, qMove, append([]any{m.ID, row.version}, row.values()...)...)
	if err != nil {
		return p, dbkernel.Wrap("move session", err)
	}
	if n == 0 {
		return p, s.moveConflict(ctx, m.ID)
	}
	return p, s.countMove(ctx, m, p)
}

// countMove writes the change of a move and its counters.
func (s Scope) countMove(ctx context.Context, m Move, p Placing) error {
	queued := func(st session.Status) bool { return st == session.Queued }
	if err := s.logChange(ctx, m.ID, "status", m.delta(queued), m.delta(session.Status.Active)); err != nil {
		return err
	}
	if err := s.addPlaceless(ctx, p.placeless); err != nil {
		return err
	}
	if err := s.addToCount(ctx, m.From, -1); err != nil {
		return err
	}
	return s.addToCount(ctx, m.To, 1)
}

// delta is what a move adds to the number of sessions in a set of statuses: 1, 0 or −1.
func (m Move) delta(in func(session.Status) bool) int64 {
	return dbkernel.Bit(in(m.To)) - dbkernel.Bit(in(m.From))
}
