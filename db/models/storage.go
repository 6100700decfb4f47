package models

import (
	"context"
	"database/sql"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qStorage = area.Scoped(`SELECT l.max_storage_bytes, coalesce(s.clones, 0), coalesce(s.trees, 0), coalesce(s.homes, 0), coalesce(s.calls, 0), s.measured_at
		FROM lanes l LEFT JOIN storage s ON s.tenant_id = l.tenant_id WHERE l.tenant_id = $1`)
	qSetStorage = area.Scoped(`INSERT INTO main.storage (tenant_id, clones, trees, homes, calls, measured_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id) DO UPDATE SET clones = excluded.clones, trees = excluded.trees, homes = excluded.homes, calls = excluded.calls,
		measured_at = excluded.measured_at`)
	// Both databases return the length of a text without reading it.
	qCallBytes = area.Scoped(`SELECT CAST(coalesce((SELECT sum(octet_length(body)) FROM model_blobs WHERE tenant_id = $1), 0)
		+ coalesce((SELECT sum(octet_length(response) + octet_length(request)) FROM model_calls WHERE tenant_id = $1), 0) AS BIGINT)`)
	qUnmeasured = area.CrossTenant("the storage of all teams is measured in turn", `SELECT l.tenant_id FROM lanes l LEFT JOIN storage s ON s.tenant_id = l.tenant_id
		WHERE coalesce(s.measured_at, 0) < CASE WHEN l.running > 0 THEN CAST($1 AS BIGINT) ELSE CAST($2 AS BIGINT) END ORDER BY coalesce(s.measured_at, 0), l.tenant_id LIMIT $3`)
)

// Storage reads the team's storage as it was last measured, with its limit.
func (s Scope) Storage(ctx context.Context) (quota.Storage, error) {
	return dbkernel.First("team", func(r dbkernel.Scanner) (v quota.Storage, err error) {
		var most, measured sql.NullInt64
		err = r.Scan(&most, &v.Clones, &v.Trees, &v.Homes, &v.Calls, &measured)
		if v.Max = dbkernel.IntOrNil(most); measured.Valid {
			v.MeasuredAt = dbkernel.TimeOf(measured.Int64)
		}
		return v, err
	})(s.Scope.Query(ctx, qStorage))
}

// SetStorage stores a measurement of the team's storage.
func (s Scope) SetStorage(ctx context.Context, v quota.Storage) error {
	_, err := s.Scope.Exec(ctx, qSetStorage, v.Clones, v.Trees, v.Homes, v.Calls, dbkernel.Millis(v.MeasuredAt))
	return dbkernel.Wrap("store storage", err)
}

// CallBytes sums the bytes of the team's stored model calls.
func (s Scope) CallBytes(ctx context.Context) (int64, error) {
	return dbkernel.First("team", dbkernel.Value[int64])(s.Scope.Query(ctx, qCallBytes))
}

// Unmeasured lists the teams whose storage was not measured since ifRunning, for teams with running sessions, or ifNot, for others; the
// longest ago first.
func (s System) Unmeasured(ctx context.Context, ifRunning, ifNot time.Time, limit int) ([]tenant.ID, error) {
	return dbkernel.Collect(dbkernel.Value[tenant.ID])(s.System.Query(ctx, qUnmeasured, dbkernel.Millis(ifRunning), dbkernel.Millis(ifNot), limit))
}
