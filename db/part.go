package db

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

var (
	qSetPart = reg(`INSERT INTO main.session_parts (tenant_id, session_id, part_id, message_id, kind, text, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant_id, session_id, part_id) DO UPDATE SET message_id = excluded.message_id, kind = excluded.kind, text = excluded.text, updated_at = excluded.updated_at`)
	qDropPart  = reg(`DELETE FROM main.session_parts WHERE tenant_id = $1 AND session_id = $2 AND part_id = $3`)
	qDropParts = reg(`DELETE FROM main.session_parts WHERE tenant_id = $1 AND session_id = $2`)
	qParts     = reg(`SELECT part_id, message_id, kind, text FROM session_parts WHERE tenant_id = $1 AND session_id = $2 ORDER BY part_id`)
)

// SetParts stores texts that still grow; each replaces what was there under its id.
func (s *Scope) SetParts(ctx context.Context, id session.ID, parts []session.Part) error {
	now := ms(s.now())
	for _, p := range parts {
		if _, err := s.exec(ctx, qSetPart, id, p.ID, p.MessageID, p.Kind, p.Text, now); err != nil {
			return wrap("store growing text", err)
		}
	}
	return nil
}

// DropParts removes growing texts that are finished; nil removes all of the session.
func (s *Scope) DropParts(ctx context.Context, id session.ID, partIDs []string) error {
	if partIDs == nil {
		_, err := s.exec(ctx, qDropParts, id)
		return wrap("drop growing texts", err)
	}
	for _, p := range partIDs {
		if _, err := s.exec(ctx, qDropPart, id, p); err != nil {
			return wrap("drop growing text", err)
		}
	}
	return nil
}

// Parts reads the texts that still grow, oldest first.
func (s *Scope) Parts(ctx context.Context, id session.ID) ([]session.Part, error) {
	return collect(func(r scanner) (p session.Part, err error) {
		err = r.Scan(&p.ID, &p.MessageID, &p.Kind, &p.Text)
		return p, err
	})(s.query(ctx, qParts, id))
}
