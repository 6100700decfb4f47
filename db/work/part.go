package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

var (
	qSetPart = area.Scoped(`INSERT INTO main.session_parts (tenant_id, session_id, part_id, message_id, kind, text, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant_id, session_id, part_id) DO UPDATE SET message_id = excluded.message_id, kind = excluded.kind, text = excluded.text, updated_at = excluded.updated_at`)
	qDropPart  = area.Scoped(`DELETE FROM main.session_parts WHERE tenant_id = $1 AND session_id = $2 AND part_id = $3`)
	qDropParts = area.Scoped(`DELETE FROM main.session_parts WHERE tenant_id = $1 AND session_id = $2`)
	qParts     = area.Scoped(`SELECT part_id, message_id, kind, text FROM session_parts WHERE tenant_id = $1 AND session_id = $2 ORDER BY part_id`)
)

// SetParts stores texts that the agent is still writing; each replaces the earlier one with its id.
func (s Scope) SetParts(ctx context.Context, id session.ID, parts []session.Part) error {
	now := dbkernel.Millis(s.Scope.Now())
	for _, p := range parts {
		if _, err := s.Scope.Exec(ctx, qSetPart, id, p.ID, p.MessageID, p.Kind, p.Text, now); err != nil {
			return dbkernel.Wrap("store part", err)
		}
	}
	return nil
}

// DropParts deletes texts that are finished, or all of the session for nil.
func (s Scope) DropParts(ctx context.Context, id session.ID, partIDs []string) error {
	if partIDs == nil {
		_, err := s.Scope.Exec(ctx, qDropParts, id)
		return dbkernel.Wrap("delete parts", err)
	}
	for _, p := range partIDs {
		if _, err := s.Scope.Exec(ctx, qDropPart, id, p); err != nil {
			return dbkernel.Wrap("delete part", err)
		}
	}
	return nil
}

// Parts reads the texts that the agent is still writing, oldest first.
func (s Scope) Parts(ctx context.Context, id session.ID) ([]session.Part, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (p session.Part, err error) {
		err = r.Scan(&p.ID, &p.MessageID, &p.Kind, &p.Text)
		return p, err
	})(s.Scope.Query(ctx, qParts, id))
}
