package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Move is one move of a session: From is compared, To is set, at the time At.
type Move struct {
	ID       session.ID
	From, To session.Status
	Reason   session.Reason
	At       time.Time
	// Version is compared too when it is not 0.
	Version int64
	// RetryAt is when the session is tried again by itself; nil clears it.
	RetryAt *time.Time
	// CountRetry adds an automatic retry, ResetRetries forgets those that were.
	CountRetry, ResetRetries bool
	// NewAttempt begins the next attempt with a clock at zero; ResetClock only sets the clock to zero.
	NewAttempt, ResetClock bool
	// ResumeOnStart marks a session that goes on by itself at the next start of the server.
	ResumeOnStart bool
	// QueuedAt is since when a queued session waits; zero means At.
	QueuedAt time.Time
}

var (
	// The flags: $8 enters an active status, $9 stays in one, $10 enters the queue, $11 is finished, $12 sets the clock to zero.
	// A priority class is worth ten minutes of waiting.
	qMove = reg(`UPDATE main.sessions SET status = $4, status_at = $5, reason_code = $6, reason_message = $7, version = version + 1,
		waiting_for = CASE WHEN $9 = 1 THEN waiting_for ELSE '' END,
		doing = CASE WHEN $9 = 1 THEN doing ELSE '' END,
		ran_ms = CASE WHEN $12 = 1 THEN 0 WHEN $9 = 0 AND ran_since < $5 THEN ran_ms + ($5 - ran_since) ELSE ran_ms END,
		ran_since = CASE WHEN $8 = 1 THEN $5 WHEN $9 = 1 THEN ran_since ELSE NULL END,
		lease_until = CASE WHEN $9 = 1 THEN lease_until ELSE NULL END,
		started_at = CASE WHEN $8 = 1 THEN coalesce(started_at, $5) ELSE started_at END,
		ended_at = CASE WHEN $11 = 1 THEN $5 ELSE NULL END,
		queued_at = CASE WHEN $10 = 1 THEN $13 ELSE queued_at END,
		queue_key = CASE WHEN $10 = 1 THEN $13 + priority * 600000 ELSE queue_key END,
		attempt = attempt + $14, retry_count = CASE WHEN $15 = 1 THEN 0 ELSE retry_count END + $16, retry_at = $17, resume_on_start = $18
		WHERE tenant_id = $1 AND id = $2 AND status = $3 AND (version = $19 OR $19 = 0) AND deleted_at IS NULL`)

	qHold      = reg(`UPDATE main.sessions SET lease_until = $5 WHERE tenant_id = $1 AND id = $2 AND attempt = $3 AND lease_owner = $4`)
	qHeld      = regLocked(`SELECT attempt FROM sessions WHERE tenant_id = $1 AND id = $2 AND attempt = $3 AND lease_owner = $4`, "FOR NO KEY UPDATE")
	qRelease   = reg(`UPDATE main.sessions SET lease_owner = '', lease_until = NULL WHERE tenant_id = $1 AND id = $2 AND lease_owner = $3`)
	qTakeLease = reg(`UPDATE main.sessions SET lease_owner = $4, lease_until = $6 WHERE tenant_id = $1 AND id = $2 AND lease_owner = $3
		AND (lease_until IS NULL OR lease_until < $5) AND status IN ('running', 'degraded') AND deleted_at IS NULL`)

	qQueuePlace = reg(`SELECT count(*) FROM sessions s, sessions me WHERE s.tenant_id = $1 AND me.tenant_id = $1 AND me.id = $2 AND me.status = 'queued'
		AND s.status = 'queued' AND s.deleted_at IS NULL AND (s.queue_key, s.id) <= (me.queue_key, me.id)`)
	qQueueOrder = reg(`SELECT id FROM sessions WHERE tenant_id = $1 AND status = 'queued' AND deleted_at IS NULL ORDER BY queue_key, id`)
)

// MoveSession moves a session if it still stands where m.From says, with its clock, its counters and its change;
// Conflict when somebody was first. Whether the move is legal is session's to say, the event the caller's to write.
func (s *Scope) MoveSession(ctx context.Context, m Move) error {
	if m.QueuedAt.IsZero() {
		m.QueuedAt = m.At
	}
	stays := m.From.Active() && m.To.Active()
	n, err := s.exec(ctx, qMove, m.ID, m.From, m.To, ms(m.At), m.Reason.Code, m.Reason.Message,
		bit(m.To.Active() && !stays), bit(stays), bit(m.To == session.Queued), bit(m.To.Finished()), bit(m.NewAttempt || m.ResetClock),
		ms(m.QueuedAt), bit(m.NewAttempt), bit(m.ResetRetries), bit(m.CountRetry), msOrNull(m.RetryAt), bit(m.ResumeOnStart), m.Version)
	if err != nil {
		return wrap("move session", err)
	}
	if n == 0 {
		return s.changedMeanwhile(ctx, m.ID)
	}
	queued := func(st session.Status) bool { return st == session.Queued }
	if err := s.change(ctx, m.ID, "status", m.delta(queued), m.delta(session.Status.Active)); err != nil {
		return err
	}
	if err := s.count(ctx, m.From, -1); err != nil {
		return err
	}
	return s.count(ctx, m.To, 1)
}

// delta is what a move adds to the number of sessions that are in: 1, 0 or −1.
func (m Move) delta(in func(session.Status) bool) int64 { return bit(in(m.To)) - bit(in(m.From)) }

// HoldLease checks that an attempt is still written by the holder of lease, and keeps it until then unless that is zero.
// Conflict when another attempt or another holder took over.
func (s *Scope) HoldLease(ctx context.Context, id session.ID, attempt int, lease string, until time.Time) error {
	if lease == "" {
		return leaseLost()
	}
	if until.IsZero() {
		_, ok, err := maybe(value[int64])(s.query(ctx, qHeld, id, attempt, lease))
		if err == nil && !ok {
			return leaseLost()
		}
		return wrap("check lease", err)
	}
	n, err := s.exec(ctx, qHold, id, attempt, lease, ms(until))
	if err == nil && n == 0 {
		return leaseLost()
	}
	return wrap("hold lease", err)
}

// ReleaseLease gives a lease back; one that another holds now is left alone.
func (s *Scope) ReleaseLease(ctx context.Context, id session.ID, lease string) error {
	_, err := s.exec(ctx, qRelease, id, lease)
	return wrap("release lease", err)
}

// TakeLease takes over an active session whose lease ran out; Conflict when its holder came back or another was first.
func (s *Scope) TakeLease(ctx context.Context, id session.ID, oldLease, newLease string, now, until time.Time) error {
	n, err := s.exec(ctx, qTakeLease, id, oldLease, newLease, ms(now), ms(until))
	if err == nil && n == 0 {
		return leaseLost()
	}
	return wrap("take lease", err)
}

func leaseLost() error {
	return fault.New(fault.Conflict, "This attempt is driven by another process or has ended.")
}

// QueuePlace is the place of a queued session inside its team, from 1; 0 when it does not wait.
func (s *Scope) QueuePlace(ctx context.Context, id session.ID) (int64, error) {
	place, _, err := maybe(value[int64])(s.query(ctx, qQueuePlace, id))
	return place, wrap("read place in the queue", err)
}

// QueuePlaces are the places of all the team's queued sessions, from 1: for who shows many of them.
func (s *Scope) QueuePlaces(ctx context.Context) (map[session.ID]int64, error) {
	order, err := collect(value[session.ID])(s.query(ctx, qQueueOrder))
	places := make(map[session.ID]int64, len(order))
	for i, id := range order {
		places[id] = int64(i + 1)
	}
	return places, wrap("read the queue", err)
}
