package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qQueuePlace = area.Scoped(`SELECT count(*) FROM sessions s, sessions me WHERE s.tenant_id = $1 AND me.tenant_id = $1 AND me.id = $2 AND me.status = 'queued'
		AND s.status = 'queued' AND s.deleted_at IS NULL AND (s.queue_key, s.id) <= (me.queue_key, me.id)`)
	qQueueOrder = area.Scoped(`SELECT id FROM sessions WHERE tenant_id = $1 AND status = 'queued' AND deleted_at IS NULL ORDER BY queue_key, id`)
)

// QueuePlace reads the place of a session in its team's queue, starting at 1; 0 if it is not queued.
func (s Scope) QueuePlace(ctx context.Context, id session.ID) (int64, error) {
	place, _, err := dbkernel.Maybe(dbkernel.Value[int64])(s.Scope.Query(ctx, qQueuePlace, id))
	return place, dbkernel.Wrap("read place in the queue", err)
}

// QueuePlaces reads the places of all queued sessions of the team, starting at 1, in one statement.
func (s Scope) QueuePlaces(ctx context.Context) (map[session.ID]int64, error) {
	order, err := dbkernel.Collect(dbkernel.Value[session.ID])(s.Scope.Query(ctx, qQueueOrder))
	if err != nil {
		return nil, dbkernel.Wrap("read the queue", err)
	}
	places := make(map[session.ID]int64, len(order))
	for i, id := range order {
		places[id] = int64(i + 1)
	}
	return places, nil
}

var (
	qCreateLane  = area.CrossTenant(dbkernel.ReasonOperator, `INSERT INTO main.lanes (tenant_id, max_concurrent_sessions, max_queued_sessions) VALUES ($1, $2, $3)`)
	qCreateCount = area.CrossTenant(dbkernel.ReasonOperator, `INSERT INTO main.session_counts (tenant_id, status, n) VALUES ($1, $2, 0)`)

	qSetMonthLimits = area.Scoped(`UPDATE main.lanes SET max_tokens_per_month = $2, max_cost_microusd_per_month = $3 WHERE tenant_id = $1`)
	qSetLimits      = area.Scoped(`UPDATE main.lanes SET max_concurrent_sessions = $2, max_queued_sessions = $3, refuse_when_full = $4,
		max_requests_per_minute = $5, max_storage_bytes = $6, max_repeats = $7, max_tokens_per_session = $8, max_cost_microusd_per_session = $9,
		max_memory_bytes_per_session = $10, max_cpu_milli_per_session = $11, max_tasks_per_session = $12,
		max_agents = $13 WHERE tenant_id = $1`)
)

// SetLimits stores the limits in l, but not their use. Running sessions continue.
func (s Scope) SetLimits(ctx context.Context, l tenant.Limits) error {
	return s.Scope.ExecOne(ctx, "team", qSetLimits, l.MaxConcurrent, l.MaxQueued, dbkernel.Bit(l.RefuseWhenFull), l.MaxRequests, dbkernel.IntOrNull(l.MaxStorage),
		l.MaxRepeats, dbkernel.IntOrNull(l.SessionTokens), dbkernel.IntOrNull(l.SessionCost),
		dbkernel.IntOrNull(l.Session.Memory), dbkernel.IntOrNull(l.Session.CPU), dbkernel.IntOrNull(l.Session.Tasks), l.MaxAgents)
}

// SetMonthLimits stores the team's budget for this month and the following ones.
func (s Scope) SetMonthLimits(ctx context.Context, l quota.Limits) error {
	return s.Scope.ExecOne(ctx, "team", qSetMonthLimits, dbkernel.IntOrNull(l.Tokens), dbkernel.IntOrNull(l.Cost))
}

// createQueue stores a new team's limits and counters.
func createQueue(ctx context.Context, s *dbkernel.System, t tenant.Tenant) error {
	if _, err := s.Exec(ctx, qCreateLane, t.ID, t.MaxConcurrentSessions, t.MaxQueuedSessions); err != nil {
		return dbkernel.Wrap("create team's limits", err)
	}
	for _, st := range session.Statuses() {
		if _, err := s.Exec(ctx, qCreateCount, t.ID, st); err != nil {
			return dbkernel.Wrap("create team's counters", err)
		}
	}
	return nil
}
