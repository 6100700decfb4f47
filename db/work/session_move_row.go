package work

import (
	"cmp"
	"strings"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// movedColumns are the columns that a move writes besides the version; MoveSession and Claim share them. The methods dest and values
// of movedRow have their order.
var movedColumns = []string{"status", "status_at", "reason_code", "reason_message", "waiting_for", "doing", "ran_ms", "ran_since", "lease_until", "started_at",
	"ended_at", "queued_at", "queue_key", "attempt", "retry_count", "retry_at", "resume_on_start", "agent_place"}

func movedRowColumns() string {
	return "priority, version, agent_id, " + strings.Join(movedColumns, ", ")
}

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
	agent                                             agent.ID
	status                                            session.Status
	statusAt                                          int64
	reason                                            session.Reason
	waitingFor                                        session.WaitingFor
	doing                                             string
	ran                                               int64
	ranSince, lease, started, ended, queued, queueKey *int64
	attempt, retries                                  int64
	retryAt                                           *int64
	resume, place                                     int64
}

func (r *movedRow) dest() []any {
	return []any{&r.priority, &r.version, &r.agent, &r.status, &r.statusAt, &r.reason.Code, &r.reason.Message, &r.waitingFor, &r.doing, &r.ran, &r.ranSince, &r.lease, &r.started,
		&r.ended, &r.queued, &r.queueKey, &r.attempt, &r.retries, &r.retryAt, &r.resume, &r.place}
}

func (r *movedRow) values() []any {
	return []any{r.status, r.statusAt, r.reason.Code, r.reason.Message, r.waitingFor, r.doing, r.ran, dbkernel.IntOrNull(r.ranSince), dbkernel.IntOrNull(r.lease), dbkernel.IntOrNull(r.started),
		dbkernel.IntOrNull(r.ended), dbkernel.IntOrNull(r.queued), dbkernel.IntOrNull(r.queueKey), r.attempt, r.retries, dbkernel.IntOrNull(r.retryAt), r.resume, r.place}
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
	if !holdsPlace(m.To) {
		r.place = 0
	}
}

// holdsPlace reports whether sessions in the status hold a place of their agent, or wait for one.
func holdsPlace(st session.Status) bool { return st == session.Queued || st.Active() }

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
