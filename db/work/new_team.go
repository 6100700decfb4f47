package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qCreateLane  = area.CrossTenant(dbkernel.ReasonOperator, `INSERT INTO main.lanes (tenant_id, max_concurrent_sessions, max_queued_sessions) VALUES ($1, $2, $3)`)
	qCreateCount = area.CrossTenant(dbkernel.ReasonOperator, `INSERT INTO main.session_counts (tenant_id, status, n) VALUES ($1, $2, 0)`)
)

// createQueue stores a new team's limits and counters.
func createQueue(ctx context.Context, s *dbkernel.System, t tenant.Tenant) error {
	if _, err := s.Exec(ctx, qCreateLane, t.ID, t.MaxConcurrentSessions, t.MaxQueuedSessions); err != nil {
		return dbkernel.Wrap("create team's quotas", err)
	}
	for _, st := range session.Statuses() {
		if _, err := s.Exec(ctx, qCreateCount, t.ID, st); err != nil {
			return dbkernel.Wrap("create team's counters", err)
		}
	}
	return nil
}
