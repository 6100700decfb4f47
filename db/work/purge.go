package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qDoomSessions = area.CrossTenant(dbkernel.ReasonPurge, `UPDATE main.sessions SET deleted_at = $2 WHERE tenant_id = $1 AND (deleted_at IS NULL OR deleted_at > $2)`)
)

// MarkSessionsDeleted marks every session of a team as deleted at a time, so that the purge of sessions deletes them with their trees.
func (s System) MarkSessionsDeleted(ctx context.Context, t tenant.ID, at time.Time) error {
	_, err := s.System.Exec(ctx, qDoomSessions, t, dbkernel.Millis(at))
	return dbkernel.Wrap("mark sessions as deleted", err)
}
