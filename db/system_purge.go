package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const purging = "a team that was deleted long ago goes for good, from outside of it"

// ofTeam are the tables of a team beside its sessions', those that refer before those that are referred to. What is not here stays:
// the audit log, the sums of use, and the rows that those hang on.
var ofTeam = []string{"model_calls", "model_blobs", "provider_models", "providers", "grants", "repository_host_keys", "repository_hosts", "repositories",
	"api_tokens", "invitations", "memberships", "entrances", "budget_requests", "budget_stops", "reservations", "budgets", "tenant_changes", "session_terms",
	"session_counts", "person_counts", "letters", "agent_processes", "agent_starts", "gateway_keys", "storage"}

var (
	qExpiredTeams = across(purging, `SELECT id FROM tenants WHERE deleted_at < $1 AND purged_at IS NULL ORDER BY deleted_at, id LIMIT $2`)
	qDoomSessions = across(purging, `UPDATE main.sessions SET deleted_at = $2 WHERE tenant_id = $1 AND (deleted_at IS NULL OR deleted_at > $2)`)
	qPurgeTeam    = across(purging, `UPDATE main.tenants SET purged_at = $2, slug = 'gone-' || id WHERE id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL`)
	qPurgeOf      = ofEveryTeam()
)

func ofEveryTeam() (qs []crossing) {
	for _, table := range ofTeam {
		qs = append(qs, across(purging, `DELETE FROM main.`+table+` WHERE tenant_id = $1`))
	}
	return qs
}

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
	for _, q := range qPurgeOf {
		if _, err := s.exec(ctx, q, t); err != nil {
			return wrap("purge a team", err)
		}
	}
	return nil
}
