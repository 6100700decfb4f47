package db

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/tenant"
)

var (
	qLimits    = reg(`SELECT max_concurrent_sessions, max_queued_sessions, running, ready, last_served_at FROM lanes WHERE tenant_id = $1`)
	qSetLimits = reg(`UPDATE main.lanes SET max_concurrent_sessions = $2, max_queued_sessions = $3 WHERE tenant_id = $1`)
)

// Limits reads the team's quotas with what is used of them now.
func (s *Scope) Limits(ctx context.Context) (tenant.Limits, error) {
	return first("team", func(r scanner) (l tenant.Limits, err error) {
		err = r.Scan(&l.MaxConcurrent, &l.MaxQueued, &l.Running, &l.Ready, stamp{&l.LastServedAt})
		return l, err
	})(s.query(ctx, qLimits))
}

// SetLimits sets the team's quotas; what runs already goes on.
func (s *Scope) SetLimits(ctx context.Context, maxConcurrent, maxQueued int) error {
	return s.must(ctx, "team", qSetLimits, maxConcurrent, maxQueued)
}
