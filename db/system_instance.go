package db

import (
	"context"
	"database/sql"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qProcessRows = across(ofOperator, `SELECT p.tenant_id, t.slug, t.name, p.pid, p.start_time, p.generation, p.version, p.started_at, l.running,
		coalesce(a.starts, 0), coalesce(a.lost, 0), a.lost_at FROM agent_processes p JOIN tenants t ON t.id = p.tenant_id JOIN lanes l ON l.tenant_id = p.tenant_id
		LEFT JOIN agent_starts a ON a.tenant_id = p.tenant_id ORDER BY t.name, t.id`)
	qProcessOf = across(ofOperator, `SELECT `+processColumns+` FROM agent_processes WHERE tenant_id = $1`)
	// Counters say how many there are; only what waits or is paused is looked at itself.
	qQueueRows = across(ofOperator, `SELECT t.id, t.slug, t.name, t.is_active, l.max_concurrent_sessions,
		coalesce((SELECT n FROM session_counts c WHERE c.tenant_id = t.id AND c.status = 'running'), 0),
		coalesce((SELECT n FROM session_counts c WHERE c.tenant_id = t.id AND c.status = 'degraded'), 0), l.ready,
		(SELECT count(*) FROM sessions s WHERE s.tenant_id = t.id AND s.waiting_for <> '' AND s.status IN ('running', 'degraded') AND s.deleted_at IS NULL),
		coalesce((SELECT n FROM session_counts c WHERE c.tenant_id = t.id AND c.status = 'paused'), 0),
		(SELECT count(*) FROM sessions s WHERE s.tenant_id = t.id AND s.retry_at IS NOT NULL AND s.status = 'pending' AND s.deleted_at IS NULL),
		(SELECT min(s.queued_at) FROM sessions s WHERE s.tenant_id = t.id AND s.status = 'queued' AND s.deleted_at IS NULL), `+budgetColumns+`
		FROM tenants t JOIN lanes l ON l.tenant_id = t.id LEFT JOIN budgets b ON b.tenant_id = t.id AND b.month = $1
		WHERE EXISTS (SELECT 1 FROM session_counts c WHERE c.tenant_id = t.id AND c.n > 0 AND c.status IN ('running', 'degraded', 'queued', 'paused', 'pending'))
		ORDER BY l.ready DESC, l.running DESC, t.name, t.id LIMIT $2`)
	qPauses  = across(ofOperator, `SELECT reason_code, count(*) FROM sessions WHERE status = 'paused' AND deleted_at IS NULL GROUP BY reason_code ORDER BY 2 DESC, 1`)
	qSealLag = across(ofInstance, `SELECT (SELECT count(*) FROM audit WHERE n IS NULL) + (SELECT count(*) FROM instance_audit WHERE n IS NULL),
		(SELECT min(at) FROM audit WHERE n IS NULL), (SELECT min(at) FROM instance_audit WHERE n IS NULL)`)
)

// ProcessRows lists the agent servers of all teams as they are remembered, by team; none of it is measured.
func (s *System) ProcessRows(ctx context.Context) ([]instance.Process, error) {
	ps, err := collect(func(r scanner) (p instance.Process, err error) {
		var lost nullTime
		err = r.Scan(&p.Tenant, &p.Slug, &p.Team, &p.PID, &p.StartTime, &p.Generation, &p.Version, stamp(&p.Since), &p.Sessions, &p.Starts, &p.Lost, &lost)
		p.LostAt = lost.time
		return p, err
	})(s.query(ctx, qProcessRows))
	return ps, wrap("list processes", err)
}

// ProcessOf reads a team's agent server as it is remembered.
func (s *System) ProcessOf(ctx context.Context, t tenant.ID) (Process, error) {
	return first("process", scanProcess)(s.query(ctx, qProcessOf, t))
}

// QueueRows lists what each team runs and waits for, teams with the longest queues first; why it waits is left open.
func (s *System) QueueRows(ctx context.Context, m quota.Month, limit int) ([]instance.Queue, error) {
	qs, err := collect(func(r scanner) (q instance.Queue, err error) {
		var oldest, noticed nullTime
		var tokens, cost sql.NullInt64
		err = r.Scan(append([]any{&q.Tenant, &q.Slug, &q.Team, &q.Active, &q.MaxConcurrent, &q.Running, &q.Degraded, &q.Queued, &q.Asking, &q.Paused, &q.Retrying, &oldest},
			budgetDest(&q.Budget, &tokens, &cost, &noticed)...)...)
		q.Oldest, q.Budget.Month, q.Budget.Max = oldest.time, m, quota.Limits{Tokens: intOrNil(tokens), Cost: intOrNil(cost)}
		return q, err
	})(s.query(ctx, qQueueRows, m, limit))
	return qs, wrap("list queues", err)
}

// Pauses counts the paused sessions of all teams by reason.
func (s *System) Pauses(ctx context.Context) ([]instance.Pause, error) {
	ps, err := collect(func(r scanner) (p instance.Pause, err error) {
		err = r.Scan(&p.Reason, &p.Sessions)
		return p, err
	})(s.query(ctx, qPauses))
	return ps, wrap("count paused sessions", err)
}

// SealLag counts what the sealer of the audit logs has still to do.
func (s *System) SealLag(ctx context.Context) (u instance.Unsealed, err error) {
	u, err = first("audit log", func(r scanner) (u instance.Unsealed, err error) {
		var teams, own nullTime
		err = r.Scan(&u.Entries, &teams, &own)
		if u.Oldest = teams.time; u.Oldest == nil || own.time != nil && own.time.Before(*u.Oldest) {
			u.Oldest = own.time
		}
		return u, err
	})(s.query(ctx, qSealLag))
	return u, err
}
