package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qRunsInactive = area.CrossTenant("the sessions of a deactivated team are paused from outside it", `SELECT s.tenant_id, s.id FROM sessions s
		JOIN tenants t ON t.id = s.tenant_id WHERE t.is_active = 0 AND s.status IN ('running', 'degraded') ORDER BY s.tenant_id, s.id LIMIT $1`)
)

// RunningInInactiveTeams lists running sessions of deactivated teams.
func (s System) RunningInInactiveTeams(ctx context.Context, limit int) ([]dbkernel.SessionRef, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (x dbkernel.SessionRef, err error) {
		err = r.Scan(&x.Tenant, &x.ID)
		return x, err
	})(s.System.Query(ctx, qRunsInactive, limit))
}

// LiveRef is an active session as the timers need it.
type LiveRef struct {
	dbkernel.SessionRef
	Attempt     int
	Status      session.Status
	WaitingFor  session.WaitingFor
	MaxDuration time.Duration
	Ran         time.Duration
	RanSince    *time.Time
	StartedAt   *time.Time
	LastEventAt *time.Time
}

// ProcessRef is an agent server and its team.
type ProcessRef struct {
	Tenant tenant.ID
	Process
}

const (
	reasonMetrics  = "metrics are about the instance and name no team"
	claimedColumns = sessionFull + `, s.lease_owner, ` + dbpeople.TenantColumns + sessionFrom + ` JOIN tenants t ON t.id = s.tenant_id JOIN lanes l ON l.tenant_id = s.tenant_id
		WHERE s.status IN ('running', 'degraded') AND s.deleted_at IS NULL`
)

var (
	qOwnLeases     = area.CrossTenant(dbkernel.ReasonRecovery, claimedColumns+` AND substr(s.lease_owner, 1, $2) = $1 ORDER BY s.lease_until, s.tenant_id, s.id`)
	qExpiredLeases = area.CrossTenant(dbkernel.ReasonWatch, claimedColumns+` AND (s.lease_until IS NULL OR s.lease_until < $1) ORDER BY s.lease_until, s.tenant_id, s.id LIMIT $2`)
	qDueRetries    = area.CrossTenant(dbkernel.ReasonWatch, `SELECT tenant_id, id FROM (SELECT tenant_id, id, retry_at, row_number() OVER (PARTITION BY tenant_id ORDER BY retry_at, id) AS place
		FROM sessions WHERE status = 'pending' AND retry_at <= $1 AND retry_at IS NOT NULL AND deleted_at IS NULL) due WHERE place <= $2 ORDER BY place, retry_at, id`)
	qResume = area.CrossTenant(dbkernel.ReasonRecovery, `SELECT tenant_id, id FROM sessions WHERE status = 'paused' AND resume_on_start = 1 AND deleted_at IS NULL ORDER BY tenant_id, id LIMIT $1`)
	qLive   = area.CrossTenant(dbkernel.ReasonWatch, `SELECT tenant_id, id, attempt, status, waiting_for, max_duration_ms, ran_ms, ran_since, started_at, last_event_at FROM sessions
		WHERE status IN ('running', 'degraded') AND deleted_at IS NULL ORDER BY tenant_id, id`)
	qGatewayCaller = area.CrossTenant("the key of an agent's call is what identifies its team", `SELECT k.tenant_id, k.session_id, t.is_active FROM gateway_keys k
		JOIN tenants t ON t.id = k.tenant_id WHERE k.hash = $1`)
	qProcesses    = area.CrossTenant(dbkernel.ReasonRecovery, `SELECT tenant_id, `+ProcessColumns+` FROM agent_processes WHERE node = $1 OR node = '' ORDER BY tenant_id, session_id`)
	qAllCounts    = area.CrossTenant(reasonMetrics, `SELECT status, CAST(sum(n) AS BIGINT) FROM session_counts GROUP BY status`)
	qAllProcesses = area.CrossTenant(reasonMetrics, `SELECT count(*) FROM agent_processes`)
)

// OwnLeases lists the active sessions that this instance ran before it stopped.
func (s System) OwnLeases(ctx context.Context, instance string) ([]Claimed, error) {
	prefix := instance + "/"
	return dbkernel.Collect(scanClaimed)(s.System.Query(ctx, qOwnLeases, prefix, len(prefix)))
}

// ExpiredLeases lists active sessions whose lease has expired, the longest expired first.
func (s System) ExpiredLeases(ctx context.Context, now time.Time, limit int) ([]Claimed, error) {
	return dbkernel.Collect(scanClaimed)(s.System.Query(ctx, qExpiredLeases, dbkernel.Millis(now), limit))
}

// DueRetries lists sessions whose automatic retry is due, at most some of each team: the first ones of all teams, then the second ones, so
// that no team waits for all retries of another one.
func (s System) DueRetries(ctx context.Context, now time.Time, ofEach int) ([]dbkernel.SessionRef, error) {
	return dbkernel.Collect(dbkernel.ScanRef)(s.System.Query(ctx, qDueRetries, dbkernel.Millis(now), ofEach))
}

// ResumeOnStart lists sessions that a shutdown paused and that resume automatically.
func (s System) ResumeOnStart(ctx context.Context, limit int) ([]dbkernel.SessionRef, error) {
	return dbkernel.Collect(dbkernel.ScanRef)(s.System.Query(ctx, qResume, limit))
}

// LiveSessions lists every active session for the timers.
func (s System) LiveSessions(ctx context.Context) ([]LiveRef, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (l LiveRef, err error) {
		var longest, ran int64
		var since, started, last dbkernel.NullTime
		err = r.Scan(&l.Tenant, &l.ID, &l.Attempt, &l.Status, &l.WaitingFor, &longest, &ran, &since, &started, &last)
		l.MaxDuration, l.Ran = time.Duration(longest)*time.Millisecond, time.Duration(ran)*time.Millisecond
		l.RanSince, l.StartedAt, l.LastEventAt = since.Time, started.Time, last.Time
		return l, err
	})(s.System.Query(ctx, qLive))
}

// GatewayCaller is the session that a gateway key belongs to. Active is false if its team is deactivated.
type GatewayCaller struct {
	Tenant  tenant.ID
	Session session.ID
	Active  bool
}

// GatewayCaller reads whose gateway key has this hash; Missing if there is no such key.
func (s System) GatewayCaller(ctx context.Context, hash string) (GatewayCaller, error) {
	return dbkernel.First("gateway key", func(r dbkernel.Scanner) (c GatewayCaller, err error) {
		err = r.Scan(&c.Tenant, &c.Session, &c.Active)
		return c, err
	})(s.System.Query(ctx, qGatewayCaller, hash))
}

// Processes lists the agent servers of a node, of all teams, and those that a version with one process per team left: these have no
// session.
func (s System) Processes(ctx context.Context, node string) ([]ProcessRef, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (p ProcessRef, err error) {
		err = r.Scan(append([]any{&p.Tenant}, p.Process.dest()...)...)
		return p, err
	})(s.System.Query(ctx, qProcesses, node))
}

// Totals counts the sessions by status, and the agent servers, of the whole instance.
func (s System) Totals(ctx context.Context) (sessions map[session.Status]int64, processes int64, err error) {
	if sessions, err = statusCounts(s.System.Query(ctx, qAllCounts)); err != nil {
		return nil, 0, err
	}
	processes, err = dbkernel.First("process", dbkernel.Value[int64])(s.System.Query(ctx, qAllProcesses))
	return sessions, processes, err
}

func scanClaimed(r dbkernel.Scanner) (c Claimed, err error) {
	var row sessionRow
	if err := r.Scan(append(append(row.dest(), &c.Lease), dbpeople.TenantDest(&c.Tenant)...)...); err != nil {
		return c, err
	}
	c.Session, err = row.noun()
	return c, err
}
