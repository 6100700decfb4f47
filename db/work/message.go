package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

const messageColumns = `SELECT id, part_id, text, created_by, created_at, sent_at, attempt FROM session_messages WHERE tenant_id = $1 AND session_id = $2`

var (
	qNextMessage = area.Scoped(`SELECT coalesce(max(n), 0) + 1 FROM session_messages WHERE tenant_id = $1 AND session_id = $2`)
	qAddMessage  = area.Scoped(`INSERT INTO main.session_messages (tenant_id, session_id, n, id, part_id, text, created_by, created_at, attempt)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
	qMessages    = area.Scoped(messageColumns + ` ORDER BY n`)
	qUndelivered = area.Scoped(messageColumns + ` AND sent_at IS NULL ORDER BY n`)
	qLastSent    = area.Scoped(messageColumns + ` AND sent_at IS NOT NULL AND undone = 0 ORDER BY n DESC LIMIT 1`)
	qMarkSent    = area.Scoped(`UPDATE main.session_messages SET sent_at = $4 WHERE tenant_id = $1 AND session_id = $2 AND id = $3 AND sent_at IS NULL`)
)

// AddMessage stores a message of a person after all earlier ones.
func (s Scope) AddMessage(ctx context.Context, id session.ID, m session.Message) error {
	// The lock gives the messages of two people at the same time different numbers.
	if _, err := dbkernel.First("session", dbkernel.Value[int64])(s.Scope.Query(ctx, qLockSeq, id)); err != nil {
		return dbkernel.Wrap("lock session", err)
	}
	n, err := dbkernel.First("message", dbkernel.Value[int64])(s.Scope.Query(ctx, qNextMessage, id))
	if err != nil {
		return dbkernel.Wrap("number message", err)
	}
	_, err = s.Scope.Exec(ctx, qAddMessage, id, n, m.ID, m.PartID, m.Text, m.CreatedBy, dbkernel.Millis(m.CreatedAt), m.Attempt)
	return dbkernel.Wrap("add message", err)
}

// Messages reads a session's messages, oldest first.
func (s Scope) Messages(ctx context.Context, id session.ID) ([]session.Message, error) {
	return dbkernel.Collect(scanMessage)(s.Scope.Query(ctx, qMessages, id))
}

// Undelivered reads the messages that were not sent to the agent yet, oldest first.
func (s Scope) Undelivered(ctx context.Context, id session.ID) ([]session.Message, error) {
	return dbkernel.Collect(scanMessage)(s.Scope.Query(ctx, qUndelivered, id))
}

// LastSent reads the newest message that was sent to the agent and that its conversation still contains, if there is one.
func (s Scope) LastSent(ctx context.Context, id session.ID) (session.Message, bool, error) {
	return dbkernel.Maybe(scanMessage)(s.Scope.Query(ctx, qLastSent, id))
}

// MarkSent stores that messages were sent to the agent; those that were sent before keep their time.
func (s Scope) MarkSent(ctx context.Context, id session.ID, ids []string, now time.Time) error {
	for _, m := range ids {
		if _, err := s.Scope.Exec(ctx, qMarkSent, id, m, dbkernel.Millis(now)); err != nil {
			return dbkernel.Wrap("mark message sent", err)
		}
	}
	return nil
}

func scanMessage(r dbkernel.Scanner) (m session.Message, err error) {
	var sent dbkernel.NullTime
	err = r.Scan(&m.ID, &m.PartID, &m.Text, &m.CreatedBy, dbkernel.TimeDest(&m.CreatedAt), &sent, &m.Attempt)
	m.SentAt = sent.Time
	return m, err
}
