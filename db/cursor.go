package db

import (
	"context"
	"maps"
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

var (
	qSetCursor = reg(`INSERT INTO main.session_cursors (tenant_id, session_id, conversation, seq) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant_id, session_id, conversation) DO UPDATE SET seq = excluded.seq WHERE session_cursors.seq < excluded.seq`)
	qCursors     = reg(`SELECT conversation, seq FROM session_cursors WHERE tenant_id = $1 AND session_id = $2`)
	qDropCursors = reg(`DELETE FROM main.session_cursors WHERE tenant_id = $1 AND session_id = $2`)
)

// SetCursors notes how far each conversation of a session was read; a cursor never goes back.
func (s *Scope) SetCursors(ctx context.Context, id session.ID, cursors map[string]int64) error {
	for _, c := range slices.Sorted(maps.Keys(cursors)) {
		if _, err := s.exec(ctx, qSetCursor, id, c, cursors[c]); err != nil {
			return wrap("store cursor", err)
		}
	}
	return nil
}

// Cursors says how far each conversation of a session was read.
func (s *Scope) Cursors(ctx context.Context, id session.ID) (map[string]int64, error) {
	out := map[string]int64{}
	_, err := collect(func(r scanner) (struct{}, error) {
		var c string
		var seq int64
		err := r.Scan(&c, &seq)
		out[c] = seq
		return struct{}{}, err
	})(s.query(ctx, qCursors, id))
	return out, err
}
