package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// SessionRef names a session of a team.
type SessionRef struct {
	Tenant tenant.ID
	ID     session.ID
}

// LiveRef is what the timers need to know of an active session.
type LiveRef struct {
	SessionRef
	Attempt     int
	Status      session.Status
	WaitingFor  session.WaitingFor
	MaxDuration time.Duration
	Ran         time.Duration
	RanSince    *time.Time
	StartedAt   *time.Time
	LastEventAt *time.Time
}

// RepositoryRef names a repository of a team.
type RepositoryRef struct {
	Tenant tenant.ID
	ID     repository.ID
}

// ProcessRef is a team's agent server.
type ProcessRef struct {
	Tenant tenant.ID
	Process
}

const (
	afterCrash = "after a stop the server takes up the work of all teams"
	watching   = "one loop watches the work of all teams"
	claimed    = sessionFull + `, s.lease_owner, ` + tenantColumns + sessionFrom + ` JOIN tenants t ON t.id = s.tenant_id JOIN lanes l ON l.tenant_id = s.tenant_id
		WHERE s.status IN ('running', 'degraded') AND s.deleted_at IS NULL`
)

var (
	qOwnLeases     = across(afterCrash, claimed+` AND substr(s.lease_owner, 1, $2) = $1 ORDER BY s.lease_until, s.tenant_id, s.id`)
	qExpiredLeases = across(watching, claimed+` AND (s.lease_until IS NULL OR s.lease_until < $1) ORDER BY s.lease_until, s.tenant_id, s.id LIMIT $2`)
	qDueRetries    = across(watching, `SELECT tenant_id, id FROM sessions WHERE status = 'pending' AND retry_at <= $1 AND retry_at IS NOT NULL AND deleted_at IS NULL ORDER BY retry_at, id LIMIT $2`)
	qResume        = across(afterCrash, `SELECT tenant_id, id FROM sessions WHERE status = 'paused' AND resume_on_start = 1 AND deleted_at IS NULL ORDER BY tenant_id, id LIMIT $1`)
	qLive          = across(watching, `SELECT tenant_id, id, attempt, status, waiting_for, max_duration_ms, ran_ms, ran_since, started_at, last_event_at FROM sessions
		WHERE status IN ('running', 'degraded') AND deleted_at IS NULL ORDER BY tenant_id, id`)
	qUnready       = across(afterCrash, `SELECT tenant_id, id FROM repositories WHERE status = 'cloning' AND deleted_at IS NULL ORDER BY created_at, id`)
	qGatewayCaller = across("an agent's call names its key, and the key its team", `SELECT k.tenant_id, t.is_active FROM gateway_keys k
		JOIN tenants t ON t.id = k.tenant_id WHERE k.hash = $1`)
	qProcesses    = across(afterCrash, `SELECT tenant_id, `+processColumns+` FROM agent_processes ORDER BY tenant_id`)
	qAllCounts    = across("metrics tell of the instance and name no team", `SELECT status, CAST(sum(n) AS BIGINT) FROM session_counts GROUP BY status`)
	qAllProcesses = across("metrics tell of the instance and name no team", `SELECT count(*) FROM agent_processes`)
)

// OwnLeases lists the active sessions that this instance drove before it stopped.
func (s *System) OwnLeases(ctx context.Context, instance string) ([]Claimed, error) {
	prefix := instance + "/"
	return collect(scanClaimed)(s.query(ctx, qOwnLeases, prefix, len(prefix)))
}

// ExpiredLeases lists active sessions that nobody holds any more, the longest forsaken first.
func (s *System) ExpiredLeases(ctx context.Context, now time.Time, limit int) ([]Claimed, error) {
	return collect(scanClaimed)(s.query(ctx, qExpiredLeases, ms(now), limit))
}

// DueRetries lists sessions whose automatic retry is due.
func (s *System) DueRetries(ctx context.Context, now time.Time, limit int) ([]SessionRef, error) {
	return collect(scanRef)(s.query(ctx, qDueRetries, ms(now), limit))
}

// ResumeOnStart lists sessions that a shutdown paused and that go on by themselves.
func (s *System) ResumeOnStart(ctx context.Context, limit int) ([]SessionRef, error) {
	return collect(scanRef)(s.query(ctx, qResume, limit))
}

// LiveSessions lists every active session for the timers.
func (s *System) LiveSessions(ctx context.Context) ([]LiveRef, error) {
	return collect(func(r scanner) (l LiveRef, err error) {
		var longest, ran int64
		var since, started, last nullTime
		err = r.Scan(&l.Tenant, &l.ID, &l.Attempt, &l.Status, &l.WaitingFor, &longest, &ran, &since, &started, &last)
		l.MaxDuration, l.Ran = time.Duration(longest)*time.Millisecond, time.Duration(ran)*time.Millisecond
		l.RanSince, l.StartedAt, l.LastEventAt = since.time, started.time, last.time
		return l, err
	})(s.query(ctx, qLive))
}

// UnreadyRepositories lists the repositories that still have to be cloned, oldest first.
func (s *System) UnreadyRepositories(ctx context.Context) ([]RepositoryRef, error) {
	return collect(func(r scanner) (v RepositoryRef, err error) {
		err = r.Scan(&v.Tenant, &v.ID)
		return v, err
	})(s.query(ctx, qUnready))
}

// GatewayCaller finds whose agent server a gateway key belongs to, and whether that team is active; Missing when unknown.
func (s *System) GatewayCaller(ctx context.Context, hash string) (tenant.ID, bool, error) {
	type caller struct {
		tenant tenant.ID
		active bool
	}
	c, err := first("gateway key", func(r scanner) (c caller, err error) {
		err = r.Scan(&c.tenant, &c.active)
		return c, err
	})(s.query(ctx, qGatewayCaller, hash))
	return c.tenant, c.active, err
}

// Processes lists the agent servers of all teams.
func (s *System) Processes(ctx context.Context) ([]ProcessRef, error) {
	return collect(func(r scanner) (p ProcessRef, err error) {
		err = r.Scan(append([]any{&p.Tenant}, p.Process.dest()...)...)
		return p, err
	})(s.query(ctx, qProcesses))
}

// Totals counts the sessions per status and the agent servers of the whole instance.
func (s *System) Totals(ctx context.Context) (sessions map[session.Status]int64, processes int64, err error) {
	if sessions, err = statusCounts(s.query(ctx, qAllCounts)); err != nil {
		return nil, 0, err
	}
	processes, err = first("process", value[int64])(s.query(ctx, qAllProcesses))
	return sessions, processes, err
}

func scanRef(r scanner) (v SessionRef, err error) {
	err = r.Scan(&v.Tenant, &v.ID)
	return v, err
}

func scanClaimed(r scanner) (c Claimed, err error) {
	var row sessionRow
	if err := r.Scan(append(append(row.dest(), &c.Lease), tenantDest(&c.Tenant)...)...); err != nil {
		return c, err
	}
	c.Session, err = row.noun()
	return c, err
}
