package repos

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
)

var (
	// Sessions may still refer to the row, so only the secret is deleted.
	qForgetCredentials = area.CrossTenant(dbkernel.ReasonRetention, `UPDATE main.repositories SET credential = '' WHERE deleted_at < $1 AND credential <> ''`)
	qForgetForges      = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.repository_forges WHERE (tenant_id, repository_id) IN
		(SELECT tenant_id, id FROM repositories WHERE deleted_at < $1)`)
)

// DropCredentials deletes the credentials and the forges of repositories that were deleted before a time.
func (s System) DropCredentials(ctx context.Context, deletedBefore time.Time) error {
	_, err := s.System.Exec(ctx, qForgetCredentials, dbkernel.Millis(deletedBefore))
	if err == nil {
		_, err = s.System.Exec(ctx, qForgetForges, dbkernel.Millis(deletedBefore))
	}
	return dbkernel.Wrap("drop credentials", err)
}
