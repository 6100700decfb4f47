package models

import (
	"context"
	"database/sql"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// StoppedRef is a session that is paused until its team has budget, with what its rejected call needs and the budget of the month.
type StoppedRef struct {
	dbkernel.SessionRef
	Need   quota.Amount
	Budget quota.Budget
}

// LostReservation is a reservation whose gateway no longer runs.
type LostReservation struct {
	Tenant tenant.ID
	Reservation
}

var (
	qKeepReservations = area.CrossTenant(dbkernel.ReasonWatch, `UPDATE main.reservations SET held_until = $2 WHERE holder = $1`)
	qLostReservations = area.CrossTenant(dbkernel.ReasonRecovery, `SELECT tenant_id, `+reservationColumns+` FROM reservations
		WHERE holder <> $1 AND (substr(holder, 1, $3) = $2 OR held_until < $4) ORDER BY tenant_id, call_id LIMIT $5`)
	qStopped = area.CrossTenant(dbkernel.ReasonWatch, `SELECT st.tenant_id, st.session_id, st.tokens, st.cost_microusd, `+BudgetColumns+` FROM budget_stops st
		JOIN sessions s ON s.tenant_id = st.tenant_id AND s.id = st.session_id JOIN lanes l ON l.tenant_id = st.tenant_id
		LEFT JOIN budgets b ON b.tenant_id = st.tenant_id AND b.month = $1
		WHERE s.status = 'paused' AND s.reason_code = 'budget_exhausted' AND s.deleted_at IS NULL ORDER BY st.tenant_id, st.at, st.session_id LIMIT $2`)
)

// KeepReservations extends the reservations of a running server, so that no other server settles them.
func (s System) KeepReservations(ctx context.Context, holder string, until time.Time) error {
	_, err := s.System.Exec(ctx, qKeepReservations, holder, dbkernel.Millis(until))
	return dbkernel.Wrap("keep reservations", err)
}

// LostReservations lists the reservations of earlier runs of this instance, and those of other instances that were not extended in time.
func (s System) LostReservations(ctx context.Context, instance, holder string, now time.Time, limit int) ([]LostReservation, error) {
	prefix := instance + "/"
	return dbkernel.Collect(func(r dbkernel.Scanner) (v LostReservation, err error) {
		err = r.Scan(append([]any{&v.Tenant}, v.dest()...)...)
		return v, err
	})(s.System.Query(ctx, qLostReservations, holder, prefix, len(prefix), dbkernel.Millis(now), limit))
}

// StoppedForBudget lists the sessions that are paused until their team has budget, by team, those that wait longest first.
func (s System) StoppedForBudget(ctx context.Context, m quota.Month, limit int) ([]StoppedRef, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (v StoppedRef, err error) {
		var tokens, cost sql.NullInt64
		var noticed dbkernel.NullTime
		err = r.Scan(append([]any{&v.Tenant, &v.ID, &v.Need.Tokens, &v.Need.Cost}, BudgetDest(&v.Budget, &tokens, &cost, &noticed)...)...)
		v.Budget.Month, v.Budget.Max = m, quota.Limits{Tokens: dbkernel.IntOrNil(tokens), Cost: dbkernel.IntOrNil(cost)}
		return v, err
	})(s.System.Query(ctx, qStopped, m, limit))
}
