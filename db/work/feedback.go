package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

var (
	qSetFeedback = area.Scoped(`INSERT INTO main.session_feedback (tenant_id, session_id, by_id, by_name, value, note, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant_id, session_id, by_id) DO UPDATE SET by_name = excluded.by_name, value = excluded.value, note = excluded.note, at = excluded.at`)
	qFeedback = area.Scoped(`SELECT by_id, by_name, value, note, at FROM session_feedback WHERE tenant_id = $1 AND session_id = $2 ORDER BY at DESC, by_id LIMIT 200`)
)

// SetFeedback stores what a person thinks of a session, in place of what they said before.
func (s Scope) SetFeedback(ctx context.Context, id session.ID, f session.Feedback) error {
	_, err := s.Scope.Exec(ctx, qSetFeedback, id, f.By, f.ByName, f.Value, f.Note, dbkernel.Millis(f.At))
	return dbkernel.Wrap("store feedback", err)
}

// Feedback reads what people think of a session, the newest first, at most 200.
func (s Scope) Feedback(ctx context.Context, id session.ID) ([]session.Feedback, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (f session.Feedback, err error) {
		err = r.Scan(&f.By, &f.ByName, &f.Value, &f.Note, dbkernel.TimeDest(&f.At))
		return f, err
	})(s.Scope.Query(ctx, qFeedback, id))
}
