package console

import (
	"context"
	"database/sql"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qProcessRows = area.CrossTenant(dbkernel.ReasonFigures, `SELECT p.tenant_id, t.slug, t.name, p.pid, p.start_time, p.generation, p.version, p.started_at, p.session_id, coalesce((SELECT s.status FROM sessions s WHERE s.tenant_id = p.tenant_id AND s.id = p.session_id), ''),
		coalesce(a.starts, 0), coalesce(a.lost, 0), a.lost_at FROM agent_processes p JOIN tenants t ON t.id = p.tenant_id
		LEFT JOIN agent_starts a ON a.tenant_id = p.tenant_id WHERE p.session_id <> '' ORDER BY t.name, t.id, p.started_at, p.session_id`)
	qProcessOf = area.CrossTenant(dbkernel.ReasonFigures, `SELECT `+dbwork.ProcessColumns+` FROM agent_processes WHERE tenant_id = $1 AND session_id = $2`)
	// The numbers come from counters where there is one; the others count the rows of waiting and retrying sessions.
	qQueueRows = area.CrossTenant(dbkernel.ReasonFigures, `SELECT t.id, t.slug, t.name, t.is_active, l.max_concurrent_sessions,
		coalesce((SELECT n FROM session_counts c WHERE c.tenant_id = t.id AND c.status = 'running'), 0),
		coalesce((SELECT n FROM session_counts c WHERE c.tenant_id = t.id AND c.status = 'degraded'), 0), l.ready,
		(SELECT count(*) FROM sessions s WHERE s.tenant_id = t.id AND s.waiting_for <> '' AND s.status IN ('running', 'degraded') AND s.deleted_at IS NULL),
		coalesce((SELECT n FROM session_counts c WHERE c.tenant_id = t.id AND c.status = 'paused'), 0),
		(SELECT count(*) FROM sessions s WHERE s.tenant_id = t.id AND s.retry_at IS NOT NULL AND s.status = 'pending' AND s.deleted_at IS NULL),
		(SELECT min(s.queued_at) FROM sessions s WHERE s.tenant_id = t.id AND s.status = 'queued' AND s.deleted_at IS NULL), `+dbmodels.BudgetColumns+`
		FROM tenants t JOIN lanes l ON l.tenant_id = t.id LEFT JOIN budgets b ON b.tenant_id = t.id AND b.month = $1
		WHERE EXISTS (SELECT 1 FROM session_counts c WHERE c.tenant_id = t.id AND c.n > 0 AND c.status IN ('running', 'degraded', 'queued', 'paused', 'pending'))
		ORDER BY l.ready DESC, l.running DESC, t.name, t.id LIMIT $2`)
	qPauses  = area.CrossTenant(dbkernel.ReasonFigures, `SELECT reason_code, count(*) FROM sessions WHERE status = 'paused' AND deleted_at IS NULL GROUP BY reason_code ORDER BY 2 DESC, 1`)
	qSealLag = area.CrossTenant(dbkernel.ReasonInstanceAudit, `SELECT (SELECT count(*) FROM audit WHERE n IS NULL) + (SELECT count(*) FROM instance_audit WHERE n IS NULL),
		(SELECT min(at) FROM audit WHERE n IS NULL), (SELECT min(at) FROM instance_audit WHERE n IS NULL)`)
)

// ProcessRows lists the stored agent servers of all sessions, by team. Whether they run is for the caller to measure.
func (s System) ProcessRows(ctx context.Context) ([]instance.Process, error) {
	ps, err := dbkernel.Collect(func(r dbkernel.Scanner) (p instance.Process, err error) {
		var lost dbkernel.NullTime
		err = r.Scan(&p.Tenant, &p.Slug, &p.Team, &p.PID, &p.StartTime, &p.Generation, &p.Version, dbkernel.TimeDest(&p.Since), &p.Session, &p.Status, &p.Starts, &p.Lost, &lost)
		p.LostAt = lost.Time
		return p, err
	})(s.System.Query(ctx, qProcessRows))
	return ps, dbkernel.Wrap("list processes", err)
}

// ProcessOf reads the stored agent server of a session; Missing if there is none.
func (s System) ProcessOf(ctx context.Context, t tenant.ID, id session.ID) (dbwork.Process, error) {
	return dbkernel.First("process", dbwork.ScanProcess)(s.System.Query(ctx, qProcessOf, t, id))
}

// QueueRows lists the running and waiting sessions of each team, the longest queue first. It leaves out why a team waits.
func (s System) QueueRows(ctx context.Context, m quota.Month, limit int) ([]instance.Queue, error) {
	qs, err := dbkernel.Collect(func(r dbkernel.Scanner) (q instance.Queue, err error) {
		var oldest, noticed dbkernel.NullTime
		var tokens, cost sql.NullInt64
		err = r.Scan(append([]any{&q.Tenant, &q.Slug, &q.Team, &q.Active, &q.MaxConcurrent, &q.Running, &q.Degraded, &q.Queued, &q.Asking, &q.Paused, &q.Retrying, &oldest},
			dbmodels.BudgetDest(&q.Budget, &tokens, &cost, &noticed)...)...)
		q.Oldest, q.Budget.Month, q.Budget.Max = oldest.Time, m, quota.Limits{Tokens: dbkernel.IntOrNil(tokens), Cost: dbkernel.IntOrNil(cost)}
		return q, err
	})(s.System.Query(ctx, qQueueRows, m, limit))
	return qs, dbkernel.Wrap("list queues", err)
}

// Pauses counts the paused sessions of all teams by reason, the most frequent first.
func (s System) Pauses(ctx context.Context) ([]instance.Pause, error) {
	ps, err := dbkernel.Collect(func(r dbkernel.Scanner) (p instance.Pause, err error) {
		err = r.Scan(&p.Reason, &p.Sessions)
		return p, err
	})(s.System.Query(ctx, qPauses))
	return ps, dbkernel.Wrap("count paused sessions", err)
}

// SealLag counts the audit entries without a seal and returns the time of the oldest.
func (s System) SealLag(ctx context.Context) (u instance.Unsealed, err error) {
	u, err = dbkernel.First("audit log", func(r dbkernel.Scanner) (u instance.Unsealed, err error) {
		var teams, own dbkernel.NullTime
		err = r.Scan(&u.Entries, &teams, &own)
		if u.Oldest = teams.Time; u.Oldest == nil || own.Time != nil && own.Time.Before(*u.Oldest) {
			u.Oldest = own.Time
		}
		return u, err
	})(s.System.Query(ctx, qSealLag))
	return u, err
}
