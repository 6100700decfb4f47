package db

import (
	"context"
	"database/sql"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qLimits = reg(`SELECT max_concurrent_sessions, max_queued_sessions, running, ready, last_served_at, refuse_when_full,
		max_requests_per_minute, max_storage_bytes FROM lanes WHERE tenant_id = $1`)
	qSetLimits = reg(`UPDATE main.lanes SET max_concurrent_sessions = $2, max_queued_sessions = $3, refuse_when_full = $4,
		max_requests_per_minute = $5, max_storage_bytes = $6 WHERE tenant_id = $1`)
)

// Limits reads the team's quotas with what is used of them now.
func (s *Scope) Limits(ctx context.Context) (tenant.Limits, error) {
	return first("team", func(r scanner) (l tenant.Limits, err error) {
		var storage sql.NullInt64
		err = r.Scan(&l.MaxConcurrent, &l.MaxQueued, &l.Running, &l.Ready, stamp(&l.LastServedAt), &l.RefuseWhenFull, &l.MaxRequests, &storage)
		l.MaxStorage = intOrNil(storage)
		return l, err
	})(s.query(ctx, qLimits))
}

// SetLimits sets the team's quotas, of l those that are limits; what runs already goes on.
func (s *Scope) SetLimits(ctx context.Context, l tenant.Limits) error {
	return s.must(ctx, "team", qSetLimits, l.MaxConcurrent, l.MaxQueued, bit(l.RefuseWhenFull), l.MaxRequests, intOrNull(l.MaxStorage))
}
