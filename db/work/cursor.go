package work

import (
	"context"
	"maps"
	"slices"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

var (
	qSetCursor = area.Scoped(`INSERT INTO main.session_cursors (tenant_id, session_id, conversation, seq) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant_id, session_id, conversation) DO UPDATE SET seq = excluded.seq WHERE session_cursors.seq < excluded.seq`)
	qCursors     = area.Scoped(`SELECT conversation, seq FROM session_cursors WHERE tenant_id = $1 AND session_id = $2`)
	qDropCursors = area.Scoped(`DELETE FROM main.session_cursors WHERE tenant_id = $1 AND session_id = $2`)
)

// SetCursors stores how far each conversation of a session was read; a cursor never moves back.
func (s Scope) SetCursors(ctx context.Context, id session.ID, cursors map[string]int64) error {
	for _, c := range slices.Sorted(maps.Keys(cursors)) {
		if _, err := s.Scope.Exec(ctx, qSetCursor, id, c, cursors[c]); err != nil {
			return dbkernel.Wrap("store cursor", err)
		}
	}
	return nil
}

// DropCursors forgets how far each conversation of a session was read, because it is imported: its events count anew.
func (s Scope) DropCursors(ctx context.Context, id session.ID) error {
	if _, err := s.Scope.Exec(ctx, qAddImport, id); err != nil {
		return dbkernel.Wrap("count imports", err)
	}
	_, err := s.Scope.Exec(ctx, qDropCursors, id)
	return dbkernel.Wrap("drop cursors", err)
}

// Cursors reads how far each conversation of a session was read.
func (s Scope) Cursors(ctx context.Context, id session.ID) (map[string]int64, error) {
	out := map[string]int64{}
	_, err := dbkernel.Collect(func(r dbkernel.Scanner) (struct{}, error) {
		var c string
		var seq int64
		err := r.Scan(&c, &seq)
		out[c] = seq
		return struct{}{}, err
	})(s.Scope.Query(ctx, qCursors, id))
	return out, err
}
