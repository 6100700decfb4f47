package people

import (
	"context"
	"database/sql"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// The limits are columns of the queue, which work writes; people read them beside their team.
var qLimits = area.Scoped(`SELECT max_concurrent_sessions, max_queued_sessions, running, ready, last_served_at, refuse_when_full,
		max_requests_per_minute, max_storage_bytes, max_repeats, max_tokens_per_session, max_cost_microusd_per_session,
		max_memory_bytes_per_session, max_cpu_milli_per_session, max_tasks_per_session, max_agents FROM lanes WHERE tenant_id = $1`)

// Limits reads the team's limits with their current use.
func (s Scope) Limits(ctx context.Context) (tenant.Limits, error) {
	return dbkernel.First("team", func(r dbkernel.Scanner) (l tenant.Limits, err error) {
		var storage, tokens, cost, memory, cpu, tasks sql.NullInt64
		err = r.Scan(&l.MaxConcurrent, &l.MaxQueued, &l.Running, &l.Ready, dbkernel.TimeDest(&l.LastServedAt), &l.RefuseWhenFull, &l.MaxRequests, &storage, &l.MaxRepeats, &tokens, &cost,
			&memory, &cpu, &tasks, &l.MaxAgents)
		l.MaxStorage, l.SessionTokens, l.SessionCost = dbkernel.IntOrNil(storage), dbkernel.IntOrNil(tokens), dbkernel.IntOrNil(cost)
		l.Session = tenant.Resources{Memory: dbkernel.IntOrNil(memory), CPU: dbkernel.IntOrNil(cpu), Tasks: dbkernel.IntOrNil(tasks)}
		return l, err
	})(s.Scope.Query(ctx, qLimits))
}
