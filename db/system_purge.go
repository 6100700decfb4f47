package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qExpiredTeams = across(purging, `SELECT id FROM tenants WHERE deleted_at < $1 AND purged_at IS NULL ORDER BY deleted_at, id LIMIT $2`)
	qDoomSessions = across(purging, `UPDATE main.sessions SET deleted_at = $2 WHERE tenant_id = $1 AND (deleted_at IS NULL OR deleted_at > $2)`)
	qPurgeTeam    = across(purging, `UPDATE main.tenants SET purged_at = $2, slug = 'gone-' || id WHERE id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL`)
)

// ExpiredTeams lists teams that were deleted before a time and are not purged.
func (s *System) ExpiredTeams(ctx context.Context, before time.Time, limit int) ([]tenant.ID, error) {
	ts, err := collect(value[tenant.ID])(s.query(ctx, qExpiredTeams, ms(before), limit))
	return ts, wrap("list expired teams", err)
}

// DoomSessions makes every session of a team one that was deleted at a time, so that the sessions' own purge takes it with its tree.
func (s *System) DoomSessions(ctx context.Context, t tenant.ID, at time.Time) error {
	_, err := s.exec(ctx, qDoomSessions, t, ms(at))
	return wrap("doom sessions", err)
}

// PurgeTeam deletes what is left of a deleted team that has no session any more, and frees its slug. Its audit log and its sums
// of use stay.
func (s *System) PurgeTeam(ctx context.Context, t tenant.ID, now time.Time) error {
	if err := s.must(ctx, "team", qPurgeTeam, t, ms(now)); err != nil {
		return err
	}
	return s.PurgeRows(ctx, t)
}
