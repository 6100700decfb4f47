package models

import (
	"context"
	"database/sql"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// Reservation is what a call in progress reserves of its team's month, with what is needed to charge the call if its server crashes.
// The counts and the cost of Call are upper bounds.
type Reservation struct {
	Call   usage.Call
	Month  quota.Month
	Holder string    // the run of the server whose gateway makes the call
	Until  time.Time // when the holder counts as crashed, unless KeepReservations extends it
}

// Amount is the amount of a reservation.
func (r Reservation) Amount() quota.Amount {
	return quota.Amount{Tokens: r.Call.Counts.Input + r.Call.Counts.Output, Cost: r.Call.Cost}
}

const (
	// BudgetColumns are the limits and the budget of a month, which BudgetDest reads, from the tables lanes l and budgets b.
	BudgetColumns = `l.max_tokens_per_month, l.max_cost_microusd_per_month, coalesce(b.used_tokens, 0), coalesce(b.used_cost, 0),
		coalesce(b.held_tokens, 0), coalesce(b.held_cost, 0), b.noticed_at`
	reservationColumns = `call_id, month, session_id, attempt, agent_session, provider, model, endpoint, is_title, is_stream,
		tokens_input, tokens_output, cost_microusd, started_at, holder, held_until`
)

var (
	qBudget    = area.Scoped(`SELECT ` + BudgetColumns + ` FROM lanes l LEFT JOIN budgets b ON b.tenant_id = l.tenant_id AND b.month = $2 WHERE l.tenant_id = $1`)
	qOpenMonth = area.Scoped(`INSERT INTO main.budgets (tenant_id, month) VALUES ($1, $2) ON CONFLICT (tenant_id, month) DO NOTHING`)
	qHoldMonth = area.ScopedLocked(`SELECT `+BudgetColumns+` FROM lanes l JOIN budgets b ON b.tenant_id = l.tenant_id WHERE l.tenant_id = $1 AND b.month = $2`,
		"FOR NO KEY UPDATE OF b")
	// The only statement that reserves: it touches no row if the amount would exceed a limit.
	qHoldAmount = area.Scoped(`UPDATE main.budgets SET held_tokens = held_tokens + $3, held_cost = held_cost + $4 WHERE tenant_id = $1 AND month = $2
		AND used_tokens + held_tokens + $3 <= coalesce((SELECT max_tokens_per_month FROM lanes WHERE tenant_id = $1), 9000000000000000000)
		AND used_cost + held_cost + $4 <= coalesce((SELECT max_cost_microusd_per_month FROM lanes WHERE tenant_id = $1), 9000000000000000000)`)
	qReserve = area.Scoped(`INSERT INTO main.reservations (tenant_id, ` + reservationColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`)
	qReserved = area.Scoped(`SELECT ` + reservationColumns + ` FROM reservations WHERE tenant_id = $1 AND call_id = $2`)
	qRelease  = area.Scoped(`DELETE FROM main.reservations WHERE tenant_id = $1 AND call_id = $2 RETURNING ` + reservationColumns)
	qCharge   = area.Scoped(`INSERT INTO main.budgets (tenant_id, month, used_tokens, used_cost, held_tokens, held_cost) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, month) DO UPDATE SET used_tokens = budgets.used_tokens + excluded.used_tokens, used_cost = budgets.used_cost + excluded.used_cost,
		held_tokens = budgets.held_tokens + excluded.held_tokens, held_cost = budgets.held_cost + excluded.held_cost`)
	qNotice = area.Scoped(`UPDATE main.budgets SET noticed_at = $3 WHERE tenant_id = $1 AND month = $2 AND noticed_at IS NULL AND EXISTS (SELECT 1 FROM lanes
		WHERE tenant_id = $1 AND (used_tokens >= max_tokens_per_month / 5 * 4 OR used_cost >= max_cost_microusd_per_month / 5 * 4))`)
	qSessionHolds = area.Scoped(`SELECT CAST(coalesce(sum(tokens_input + tokens_output), 0) AS BIGINT), CAST(coalesce(sum(cost_microusd), 0) AS BIGINT)
		FROM reservations WHERE tenant_id = $1 AND session_id = $2`)
	qStopForBudget = area.Scoped(`INSERT INTO main.budget_stops (tenant_id, session_id, tokens, cost_microusd, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, session_id) DO UPDATE SET tokens = excluded.tokens, cost_microusd = excluded.cost_microusd, at = excluded.at`)
	qClearStop = area.Scoped(`DELETE FROM main.budget_stops WHERE tenant_id = $1 AND session_id = $2`)
)

// Budget reads the team's budget for a month.
func (s Scope) Budget(ctx context.Context, m quota.Month) (quota.Budget, error) {
	b, err := dbkernel.First("team", scanBudget)(s.Scope.Query(ctx, qBudget, m))
	b.Month = m
	return b, err
}

// LockBudget reads the team's budget for a month and locks it, so that nobody else reserves of it before the transaction ends.
func (s Scope) LockBudget(ctx context.Context, m quota.Month) (quota.Budget, error) {
	if _, err := s.Scope.Exec(ctx, qOpenMonth, m); err != nil {
		return quota.Budget{}, dbkernel.Wrap("create budget of month", err)
	}
	b, err := dbkernel.First("team", scanBudget)(s.Scope.Query(ctx, qHoldMonth, m))
	b.Month = m
	return b, err
}

// ReserveBudget reserves a call's upper bound in the team's month. It returns false, and reserves nothing, if that would exceed a limit.
func (s Scope) ReserveBudget(ctx context.Context, r Reservation) (bool, error) {
	n, err := s.Scope.Exec(ctx, qHoldAmount, r.Month, r.Amount().Tokens, r.Amount().Cost)
	if err != nil || n == 0 {
		return false, dbkernel.Wrap("reserve", err)
	}
	c := r.Call
	_, err = s.Scope.Exec(ctx, qReserve, c.ID, r.Month, c.Session, c.Attempt, c.AgentSession, c.Provider, c.Model, c.Endpoint, dbkernel.Bit(c.Title), dbkernel.Bit(c.Stream),
		c.Counts.Input, c.Counts.Output, c.Cost, dbkernel.Millis(c.Started), r.Holder, dbkernel.Millis(r.Until))
	return err == nil, dbkernel.Wrap("store reservation", err)
}

// ReservationOf reads the reservation of a call; false if there is none, because the call is settled.
func (s Scope) ReservationOf(ctx context.Context, callID string) (Reservation, bool, error) {
	return dbkernel.Maybe(scanReservation)(s.Scope.Query(ctx, qReserved, callID))
}

// SessionReserved sums what calls in progress reserve of a session's own limits.
func (s Scope) SessionReserved(ctx context.Context, id session.ID) (quota.Amount, error) {
	return dbkernel.First("session", func(r dbkernel.Scanner) (a quota.Amount, err error) {
		err = r.Scan(&a.Tokens, &a.Cost)
		return a, err
	})(s.Scope.Query(ctx, qSessionHolds, id))
}

// ReleaseReservation deletes the reservation of a call and returns it; false if there was none. Charge takes it off the month.
func (s Scope) ReleaseReservation(ctx context.Context, callID string) (Reservation, bool, error) {
	r, ok, err := dbkernel.Maybe(scanReservation)(s.Scope.Query(ctx, qRelease, callID))
	return r, ok, dbkernel.Wrap("release", err)
}

// ChargeBudget adds used to what a month has used, and takes held off what it has reserved.
func (s Scope) ChargeBudget(ctx context.Context, m quota.Month, used, held quota.Amount) error {
	_, err := s.Scope.Exec(ctx, qCharge, m, used.Tokens, used.Cost, -held.Tokens, -held.Cost)
	return dbkernel.Wrap("charge month", err)
}

// NoticeBudget stores that the team's leads are notified of the use of 80% of a limit. It returns true once in a month.
func (s Scope) NoticeBudget(ctx context.Context, m quota.Month, now time.Time) (bool, error) {
	n, err := s.Scope.Exec(ctx, qNotice, m, dbkernel.Millis(now))
	return n > 0, dbkernel.Wrap("store budget notice", err)
}

// StopForBudget stores that a call of a session was rejected because it needs more than its team's budget has available.
func (s Scope) StopForBudget(ctx context.Context, id session.ID, need quota.Amount, now time.Time) error {
	_, err := s.Scope.Exec(ctx, qStopForBudget, id, need.Tokens, need.Cost, dbkernel.Millis(now))
	return dbkernel.Wrap("store budget stop", err)
}

// ClearBudgetStop deletes what StopForBudget stored about a session.
func (s Scope) ClearBudgetStop(ctx context.Context, id session.ID) error {
	_, err := s.Scope.Exec(ctx, qClearStop, id)
	return dbkernel.Wrap("delete budget stop", err)
}

// BudgetDest lists the destinations of BudgetColumns for Scan.
func BudgetDest(b *quota.Budget, tokens, cost *sql.NullInt64, noticed *dbkernel.NullTime) []any {
	return []any{tokens, cost, &b.Used.Tokens, &b.Used.Cost, &b.Held.Tokens, &b.Held.Cost, noticed}
}

func scanBudget(r dbkernel.Scanner) (b quota.Budget, err error) {
	var tokens, cost sql.NullInt64
	var noticed dbkernel.NullTime
	err = r.Scan(BudgetDest(&b, &tokens, &cost, &noticed)...)
	b.Max, b.NoticedAt = quota.Limits{Tokens: dbkernel.IntOrNil(tokens), Cost: dbkernel.IntOrNil(cost)}, noticed.Time
	return b, err
}

func scanReservation(r dbkernel.Scanner) (v Reservation, err error) {
	err = r.Scan(v.dest()...)
	return v, err
}

func (r *Reservation) dest() []any {
	c := &r.Call
	return []any{&c.ID, &r.Month, &c.Session, &c.Attempt, &c.AgentSession, &c.Provider, &c.Model, &c.Endpoint, &c.Title, &c.Stream,
		&c.Counts.Input, &c.Counts.Output, &c.Cost, dbkernel.TimeDest(&c.Started), &r.Holder, dbkernel.TimeDest(&r.Until)}
}
