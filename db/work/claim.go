package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// ClaimSpec describes a claim: its owner, and at most how many sessions, the smaller of HostRoom and Limit.
type ClaimSpec struct {
	Owner    string // the server's instance id
	Now      time.Time
	Until    time.Time // when the lease ends unless HoldLease extends it
	HostRoom int
	Limit    int
}

// Claimed is an active session with its team. Lease is the token that its writer needs.
type Claimed struct {
	Session session.Session
	Tenant  tenant.Tenant
	Lease   string
}

const (
	reasonDispatch = "the dispatcher serves all teams in turn"
	canBeServed    = `l.ready > l.placeless AND l.running < l.max_concurrent_sessions AND t.is_active = 1 AND ` + hasBudget + ` AND ` + hasStorage
	// A session of a team above its storage limit would be paused at the next measurement.
	hasStorage = `(l.max_storage_bytes IS NULL OR l.max_storage_bytes > coalesce((SELECT st.clones + st.trees + st.homes + st.calls FROM storage st
		WHERE st.tenant_id = l.tenant_id), 0))`
	// The budget of the month $1: if a team has used or reserved all of it, the first call of a session would be rejected.
	hasBudget = `(l.max_tokens_per_month IS NULL OR l.max_tokens_per_month > coalesce((SELECT b.used_tokens + b.held_tokens FROM budgets b
		WHERE b.tenant_id = l.tenant_id AND b.month = $1), 0)) AND (l.max_cost_microusd_per_month IS NULL
		OR l.max_cost_microusd_per_month > coalesce((SELECT b.used_cost + b.held_cost FROM budgets b WHERE b.tenant_id = l.tenant_id AND b.month = $1), 0))`
)

var (
	// The next teams, fairest first. It skips teams that another server claims for, instead of waiting.
	qNextLanes = area.CrossTenantLocked(reasonDispatch, `SELECT `+dbpeople.TenantColumns+`, l.running, l.ready - l.placeless, l.last_served_at`+dbpeople.TenantFrom+`
		WHERE `+canBeServed+`
		ORDER BY CAST(l.running + 1 AS BIGINT) * 1000000 / l.max_concurrent_sessions, l.last_served_at, l.tenant_id LIMIT $2`, `FOR NO KEY UPDATE OF l SKIP LOCKED`)
	qNextSession = area.CrossTenantLocked(reasonDispatch, `SELECT id, `+movedRowColumns()+` FROM sessions WHERE tenant_id = $1 AND status = 'queued' AND deleted_at IS NULL
		AND (agent_id = '' OR agent_place = 1) ORDER BY queue_key, id LIMIT 1`, `FOR NO KEY UPDATE SKIP LOCKED`)
	qClaim = area.CrossTenant(reasonDispatch, `UPDATE main.sessions SET version = version + 1, lease_owner = $4, last_seq = last_seq + 1, `+assignMovedColumns(5)+`
		WHERE tenant_id = $1 AND id = $2 AND version = $3`)
	qClaimLane = area.CrossTenant(reasonDispatch, `UPDATE main.lanes SET ready = ready - 1, running = running + 1, last_served_at = $2, change_n = change_n + 1
		WHERE tenant_id = $1 RETURNING change_n`)
	qClaimCount  = area.CrossTenant(reasonDispatch, `UPDATE main.session_counts SET n = n + CASE WHEN status = 'queued' THEN -1 ELSE 1 END WHERE tenant_id = $1 AND status IN ('queued', 'running')`)
	qClaimChange = area.CrossTenant(reasonDispatch, `INSERT INTO main.tenant_changes (tenant_id, n, session_id, kind, at) VALUES ($1, $2, $3, 'status', $4)`)
	qClaimEvent  = area.CrossTenant(reasonDispatch, `INSERT INTO main.events (tenant_id, session_id, seq, type, v, attempt, actor_kind, actor_id, actor_name, at, data)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`)
	qClaimedOne = area.CrossTenant(reasonDispatch, sessionFull+sessionFrom+` WHERE s.tenant_id = $1 AND s.id = $2`)
)

// lane is a team with the numbers of its running sessions and of those that can be claimed.
type lane struct {
	team           tenant.Tenant
	running, ready int
	served         time.Time
	turn           int // the last turn of this claim that served the team, so that others come first
}

// isServedBefore orders lanes by (running + 1) / quota, then by the time since they were served.
func (l *lane) isServedBefore(o *lane) bool {
	a, b := int64(l.running+1)*int64(o.team.MaxConcurrentSessions), int64(o.running+1)*int64(l.team.MaxConcurrentSessions)
	if a != b {
		return a < b
	}
	if l.turn != o.turn {
		return l.turn < o.turn
	}
	return l.served.Before(o.served)
}

// Claim moves queued sessions to running, one after another from the team with the smallest (running + 1) / quota, in the order of
// the team's queue. No quota is exceeded, however many servers claim at once. Like MoveSession it writes the counters and the change,
// and it writes the event too. It does not begin an attempt.
func (s System) Claim(ctx context.Context, c ClaimSpec) ([]Claimed, error) {
	n := min(c.HostRoom, c.Limit)
	if n <= 0 {
		return nil, nil
	}
	// n claims serve at most n teams, which are the first n of the list.
	lanes, err := dbkernel.Collect(scanLane)(s.System.Query(ctx, qNextLanes, quota.MonthOf(c.Now), n))
	if err != nil {
		return nil, dbkernel.Wrap("find teams with queued sessions", err)
	}
	var out []Claimed
	for turn := 1; len(out) < n && len(lanes) > 0; turn++ {
		i := fairestLane(lanes)
		got, ok, err := s.claimNext(ctx, lanes[i], c)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, got)
			lanes[i].running, lanes[i].ready, lanes[i].turn = lanes[i].running+1, lanes[i].ready-1, turn
		}
		if !ok || lanes[i].ready == 0 || lanes[i].running >= lanes[i].team.MaxConcurrentSessions {
			lanes = append(lanes[:i], lanes[i+1:]...)
		}
	}
	return out, nil
}

func fairestLane(lanes []*lane) int {
	best := 0
	for i, l := range lanes {
		if l.isServedBefore(lanes[best]) {
			best = i
		}
	}
	return best
}

func (s System) claimNext(ctx context.Context, l *lane, c ClaimSpec) (Claimed, bool, error) {
	var next session.ID
	row, ok, err := dbkernel.Maybe(func(r dbkernel.Scanner) (st movedRow, err error) {
		err = r.Scan(append([]any{&next}, st.dest()...)...)
		return st, err
	})(s.System.Query(ctx, qNextSession, l.team.ID))
	if err != nil || !ok {
		return Claimed{}, false, dbkernel.Wrap("find a queued session", err)
	}
	lease := c.Owner + "/" + id.New()
	until := dbkernel.Millis(c.Until)
	row.applyMove(Move{From: session.Queued, To: session.Running, At: c.Now})
	row.lease = &until
	if n, err := s.System.Exec(ctx, qClaim, append([]any{l.team.ID, next, row.version, lease}, row.values()...)...); err != nil || n == 0 {
		return Claimed{}, false, dbkernel.Wrap("claim", err)
	}
	change, err := dbkernel.First("team", dbkernel.Value[int64])(s.System.Query(ctx, qClaimLane, l.team.ID, dbkernel.Millis(c.Now)))
	if err != nil {
		return Claimed{}, false, dbkernel.Wrap("count claim", err)
	}
	if _, err := s.System.Exec(ctx, qClaimCount, l.team.ID); err != nil {
		return Claimed{}, false, dbkernel.Wrap("count claim", err)
	}
	if _, err := s.System.Exec(ctx, qClaimChange, l.team.ID, change, next, dbkernel.Millis(c.Now)); err != nil {
		return Claimed{}, false, dbkernel.Wrap("log claim", err)
	}
	v, err := dbkernel.First("session", scanSession)(s.System.Query(ctx, qClaimedOne, l.team.ID, next))
	if err != nil {
		return Claimed{}, false, dbkernel.Wrap("read claimed session", err)
	}
	return Claimed{Session: v, Tenant: l.team, Lease: lease}, true, s.writeClaimEvent(ctx, v, c.Now)
}

func (s System) writeClaimEvent(ctx context.Context, v session.Session, now time.Time) error {
	e := event.New(event.SessionState, event.Actor{Kind: "system"}, event.State{From: string(session.Queued), To: string(session.Running)})
	_, err := s.System.Exec(ctx, qClaimEvent, v.Tenant, v.ID, v.LastSeq, e.Type, e.V, v.Attempt, e.Actor.Kind, e.Actor.ID, e.Actor.Name, dbkernel.Millis(now), string(e.Data))
	if err != nil {
		return dbkernel.Wrap("store event of claim", err)
	}
	was := v
	was.Status = session.Queued
	return s.System.WriteAudit(ctx, v.Tenant, MoveAudit(was, session.Running, "", now))
}

func scanLane(r dbkernel.Scanner) (*lane, error) {
	l := &lane{}
	err := r.Scan(append(dbpeople.TenantDest(&l.team), &l.running, &l.ready, dbkernel.TimeDest(&l.served))...)
	return l, err
}
