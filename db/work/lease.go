package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

var (
	qHold      = area.Scoped(`UPDATE main.sessions SET lease_until = $5 WHERE tenant_id = $1 AND id = $2 AND attempt = $3 AND lease_owner = $4`)
	qHeld      = area.ScopedLocked(`SELECT attempt FROM sessions WHERE tenant_id = $1 AND id = $2 AND attempt = $3 AND lease_owner = $4`, "FOR NO KEY UPDATE")
	qRelease   = area.Scoped(`UPDATE main.sessions SET lease_owner = '', lease_until = NULL WHERE tenant_id = $1 AND id = $2 AND lease_owner = $3`)
	qTakeLease = area.Scoped(`UPDATE main.sessions SET lease_owner = $4, lease_until = $6 WHERE tenant_id = $1 AND id = $2 AND lease_owner = $3
		AND (lease_until IS NULL OR lease_until < $5) AND status IN ('running', 'degraded') AND deleted_at IS NULL`)
)

// ExtendLease checks that lease still belongs to an attempt, and extends it to until unless that is zero; Conflict if another attempt or
// another holder has taken over.
func (s Scope) ExtendLease(ctx context.Context, id session.ID, attempt int, lease string, until time.Time) error {
	if lease == "" {
		return leaseLostError()
	}
	if until.IsZero() {
		_, ok, err := dbkernel.Maybe(dbkernel.Value[int64])(s.Scope.Query(ctx, qHeld, id, attempt, lease))
		if err == nil && !ok {
			return leaseLostError()
		}
		return dbkernel.Wrap("check lease", err)
	}
	n, err := s.Scope.Exec(ctx, qHold, id, attempt, lease, dbkernel.Millis(until))
	if err == nil && n == 0 {
		return leaseLostError()
	}
	return dbkernel.Wrap("hold lease", err)
}

// ReleaseLease ends a lease; it does nothing if another holder has taken over.
func (s Scope) ReleaseLease(ctx context.Context, id session.ID, lease string) error {
	_, err := s.Scope.Exec(ctx, qRelease, id, lease)
	return dbkernel.Wrap("release lease", err)
}

// TakeOverLease takes over an active session whose lease has expired; Conflict if its holder extended it or another was first.
func (s Scope) TakeOverLease(ctx context.Context, id session.ID, oldLease, newLease string, now, until time.Time) error {
	n, err := s.Scope.Exec(ctx, qTakeLease, id, oldLease, newLease, dbkernel.Millis(now), dbkernel.Millis(until))
	if err == nil && n == 0 {
		return leaseLostError()
	}
	return dbkernel.Wrap("take lease", err)
}

func leaseLostError() error {
	return fault.New(fault.Conflict, "Another process is running this attempt, or the attempt has ended.")
}
