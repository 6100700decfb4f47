package work

import (
	"context"
	"encoding/json"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

var (
	qSetGaps = area.Scoped(`INSERT INTO main.session_gaps (tenant_id, session_id, gaps) VALUES ($1, $2, $3)
		ON CONFLICT (tenant_id, session_id) DO UPDATE SET gaps = excluded.gaps`)
	qGaps = area.Scoped(`SELECT gaps FROM session_gaps WHERE tenant_id = $1 AND session_id = $2`)
)

// SetGaps stores what a session's working tree lacks of its base commit.
func (s Scope) SetGaps(ctx context.Context, id session.ID, g repository.Gaps) error {
	text, err := json.Marshal(g)
	if err != nil {
		return dbkernel.Wrap("encode what a working tree lacks", err)
	}
	_, err = s.Scope.Exec(ctx, qSetGaps, id, string(text))
	return dbkernel.Wrap("store what a working tree lacks", err)
}

// Gaps reads what a session's working tree lacks of its base commit; it is empty if nothing was stored.
func (s Scope) Gaps(ctx context.Context, id session.ID) (g repository.Gaps, err error) {
	text, ok, err := dbkernel.Maybe(dbkernel.Value[string])(s.Scope.Query(ctx, qGaps, id))
	if err != nil || !ok {
		return g, err
	}
	return g, dbkernel.Wrap("decode what a working tree lacks", json.Unmarshal([]byte(text), &g))
}
