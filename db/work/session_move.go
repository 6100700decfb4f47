package work

import (
	"cmp"
	"context"
	"strings"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
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

	qHold      = area.Scoped(`UPDATE main.sessions SET lease_until = $5 WHERE tenant_id = $1 AND id = $2 AND attempt = $3 AND lease_owner = $4`)
	qHeld      = area.ScopedLocked(`SELECT attempt FROM sessions WHERE tenant_id = $1 AND id = $2 AND attempt = $3 AND lease_owner = $4`, "FOR NO KEY UPDATE")
	qRelease   = area.Scoped(`UPDATE main.sessions SET lease_owner = '', lease_until = NULL WHERE tenant_id = $1 AND id = $2 AND lease_owner = $3`)
	qTakeLease = area.Scoped(`UPDATE main.sessions SET lease_owner = $4, lease_until = $6 WHERE tenant_id = $1 AND id = $2 AND lease_owner = $3
		AND (lease_until IS NULL OR lease_until < $5) AND status IN ('running', 'degraded') AND deleted_at IS NULL`)

	qQueuePlace = area.Scoped(`SELECT count(*) FROM sessions s, sessions me WHERE s.tenant_id = $1 AND me.tenant_id = $1 AND me.id = $2 AND me.status = 'queued'
		AND s.status = 'queued' AND s.deleted_at IS NULL AND (s.queue_key, s.id) <= (me.queue_key, me.id)`)
	qQueueOrder = area.Scoped(`SELECT id FROM sessions WHERE tenant_id = $1 AND status = 'queued' AND deleted_at IS NULL ORDER BY queue_key, id`)
)

// movedColumns are the columns that a move writes besides the version; MoveSession and Claim share them. The methods dest and values
// of movedRow have their order.
var movedColumns = []string{"status", "status_at", "reason_code", "reason_message", "waiting_for", "doing", "ran_ms", "ran_since", "lease_until", "started_at",
	"ended_at", "queued_at", "queue_key", "attempt", "retry_count", "retry_at", "resume_on_start"}

func movedRowColumns() string { return "priority, version, " + strings.Join(movedColumns, ", ") }

// assignMovedColumns sets each of movedColumns to a placeholder; they are numbered starting at first.
func assignMovedColumns(first int) string {
	set := make([]string, len(movedColumns))
	for i, c := range movedColumns {
		set[i] = c + " = " + dbkernel.Placeholder(first+i)
	}
	return strings.Join(set, ", ")
}

// movedRow is the part of a session's row that a move reads and writes. Times are milliseconds.
type movedRow struct {
	priority, version                                 int64
	status                                            session.Status
	statusAt                                          int64
	reason                                            session.Reason
	waitingFor                                        session.WaitingFor
	doing                                             string
	ran                                               int64
	ranSince, lease, started, ended, queued, queueKey *int64
	attempt, retries                                  int64
	retryAt                                           *int64
	resume                                            int64
}

func (r *movedRow) dest() []any {
	return []any{&r.priority, &r.version, &r.status, &r.statusAt, &r.reason.Code, &r.reason.Message, &r.waitingFor, &r.doing, &r.ran, &r.ranSince, &r.lease, &r.started,
		&r.ended, &r.queued, &r.queueKey, &r.attempt, &r.retries, &r.retryAt, &r.resume}
}

func (r *movedRow) values() []any {
	return []any{r.status, r.statusAt, r.reason.Code, r.reason.Message, r.waitingFor, r.doing, r.ran, dbkernel.IntOrNull(r.ranSince), dbkernel.IntOrNull(r.lease), dbkernel.IntOrNull(r.started),
		dbkernel.IntOrNull(r.ended), dbkernel.IntOrNull(r.queued), dbkernel.IntOrNull(r.queueKey), r.attempt, r.retries, dbkernel.IntOrNull(r.retryAt), r.resume}
}

func scanMovedRow(r dbkernel.Scanner) (st movedRow, err error) {
	err = r.Scan(st.dest()...)
	return st, err
}

// A priority is worth ten minutes of waiting.
const priorityWorth = 10 * time.Minute

// applyMove changes the row as m describes: its status with the running time, the attempt and the retries.
func (r *movedRow) applyMove(m Move) {
	at := dbkernel.Millis(m.At)
	r.status, r.statusAt, r.reason = m.To, at, m.Reason
	if !m.From.Active() || !m.To.Active() {
		r.clearRunFields(at)
	}
	if m.To.Active() && !m.From.Active() {
		r.ranSince = &at
		r.started = cmp.Or(r.started, &at)
	}
	if m.NewAttempt || m.ResetClock {
		r.ran = 0
	}
	r.ended = nil
	if m.To.Finished() {
		r.ended = &at
	}
	if m.To == session.Queued {
		r.setQueueKey(m)
	}
	r.attempt += dbkernel.Bit(m.NewAttempt)
	r.applyRetry(m)
}

// clearRunFields clears what only an active session has.
func (r *movedRow) clearRunFields(at int64) {
	if r.ranSince != nil {
		r.ran += max(0, at-*r.ranSince)
	}
	r.waitingFor, r.doing, r.ranSince, r.lease = "", "", nil, nil
}

func (r *movedRow) setQueueKey(m Move) {
	since := dbkernel.Millis(m.QueuedAt)
	if m.QueuedAt.IsZero() {
		since = dbkernel.Millis(m.At)
	}
	key := since + r.priority*priorityWorth.Milliseconds()
	r.queued, r.queueKey = &since, &key
}

// applyRetry sets the time and the number of automatic retries.
func (r *movedRow) applyRetry(m Move) {
	if m.ResetRetries {
		r.retries = 0
	}
	r.retries += dbkernel.Bit(m.CountRetry)
	r.retryAt, r.resume = nil, dbkernel.Bit(m.ResumeOnStart)
	if m.RetryAt != nil {
		at := dbkernel.Millis(*m.RetryAt)
		r.retryAt = &at
	}
}

// MoveSession moves a session that is still in the status m.From, with its running time, its counters and its change; Conflict if
// another move was first. The caller checks with package session that the move is legal, and writes the event.
func (s Scope) MoveSession(ctx context.Context, m Move) error {
	row, ok, err := dbkernel.Maybe(scanMovedRow)(s.Scope.Query(ctx, qMovedRow, m.ID, m.From))
	if err != nil {
		return dbkernel.Wrap("move session", err)
	}
	if !ok || m.Version != 0 && m.Version != row.version {
		return s.moveConflict(ctx, m.ID)
	}
	row.applyMove(m)
	n, err := s.Scope.Exec(ctx, qMove, append([]any{m.ID, row.version}, row.values()...)...)
	if err != nil {
		return dbkernel.Wrap("move session", err)
	}
	if n == 0 {
		return s.moveConflict(ctx, m.ID)
	}
	queued := func(st session.Status) bool { return st == session.Queued }
	if err := s.logChange(ctx, m.ID, "status", m.delta(queued), m.delta(session.Status.Active)); err != nil {
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

// ExtendLease checks that lease still belongs to an attempt, and extends it to until unless that is zero; Conflict if another attempt or
// another holder has taken over.
func (s Scope) ExtendLease(ctx context.Context, id session.ID, attempt int, lease string, until time.Time) error {
	if lease == "" {
		return leaseLostError()
	}
	if until.IsZero() {
		_, ok, err := dbkernel.Maybe(dbkernel.Value[int64])(s.Scope.Query(ctx, qHeld, id, attempt, lease))
		if err == nil && !ok {
			return leaseLostError()
		}
		return dbkernel.Wrap("check lease", err)
	}
	n, err := s.Scope.Exec(ctx, qHold, id, attempt, lease, dbkernel.Millis(until))
	if err == nil && n == 0 {
		return leaseLostError()
	}
	return dbkernel.Wrap("hold lease", err)
}

// ReleaseLease ends a lease; it does nothing if another holder has taken over.
func (s Scope) ReleaseLease(ctx context.Context, id session.ID, lease string) error {
	_, err := s.Scope.Exec(ctx, qRelease, id, lease)
	return dbkernel.Wrap("release lease", err)
}

// TakeOverLease takes over an active session whose lease has expired; Conflict if its holder extended it or another was first.
func (s Scope) TakeOverLease(ctx context.Context, id session.ID, oldLease, newLease string, now, until time.Time) error {
	n, err := s.Scope.Exec(ctx, qTakeLease, id, oldLease, newLease, dbkernel.Millis(now), dbkernel.Millis(until))
	if err == nil && n == 0 {
		return leaseLostError()
	}
	return dbkernel.Wrap("take lease", err)
}

func leaseLostError() error {
	return fault.New(fault.Conflict, "Another process is running this attempt, or the attempt has ended.")
}

// QueuePlace reads the place of a session in its team's queue, starting at 1; 0 if it is not queued.
func (s Scope) QueuePlace(ctx context.Context, id session.ID) (int64, error) {
	place, _, err := dbkernel.Maybe(dbkernel.Value[int64])(s.Scope.Query(ctx, qQueuePlace, id))
	return place, dbkernel.Wrap("read place in the queue", err)
}

// QueuePlaces reads the places of all queued sessions of the team, starting at 1, in one statement.
func (s Scope) QueuePlaces(ctx context.Context) (map[session.ID]int64, error) {
	order, err := dbkernel.Collect(dbkernel.Value[session.ID])(s.Scope.Query(ctx, qQueueOrder))
	if err != nil {
		return nil, dbkernel.Wrap("read the queue", err)
	}
	places := make(map[session.ID]int64, len(order))
	for i, id := range order {
		places[id] = int64(i + 1)
	}
	return places, nil
}
