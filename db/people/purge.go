package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qExpiredTeams = area.CrossTenant(dbkernel.ReasonPurge, `SELECT id FROM tenants WHERE deleted_at < $1 AND purged_at IS NULL ORDER BY deleted_at, id LIMIT $2`)
	qPurgeTeam    = area.CrossTenant(dbkernel.ReasonPurge, `UPDATE main.tenants SET purged_at = $2, slug = 'gone-' || id WHERE id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL`)
)

// ExpiredTeams lists at most limit teams that were deleted before a time and are not purged, the longest deleted first.
func (s System) ExpiredTeams(ctx context.Context, before time.Time, limit int) ([]tenant.ID, error) {
	ts, err := dbkernel.Collect(dbkernel.Value[tenant.ID])(s.System.Query(ctx, qExpiredTeams, dbkernel.Millis(before), limit))
	return ts, dbkernel.Wrap("list expired teams", err)
}

// PurgeTeam deletes the rows of a deleted team, which must have no sessions left, and frees its slug. It keeps the audit log and the
// sums of usage. Missing if the team is not deleted, or was purged before.
func (s System) PurgeTeam(ctx context.Context, t tenant.ID, now time.Time) error {
	if err := s.System.ExecOne(ctx, "team", qPurgeTeam, t, dbkernel.Millis(now)); err != nil {
		return err
	}
	return s.System.PurgeRows(ctx, t)
}
