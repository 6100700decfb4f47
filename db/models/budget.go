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

// Reservation is what a call under way holds of its team's month, with what is needed to charge it if its server dies.
// Call's counts and cost are the upper bound.
type Reservation struct {
	Call   usage.Call
	Month  quota.Month
	Holder string    // the run of the server whose gateway makes the call
	Until  time.Time // when the holder counts as dead unless it says otherwise
}

// Held is what a reservation takes of the budget.
func (r Reservation) Held() quota.Amount {
	return quota.Amount{Tokens: r.Call.Counts.Input + r.Call.Counts.Output, Cost: r.Call.Cost}
}

const (
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
	// The one statement that takes: what would pass a limit touches no row.
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

// Budget reads the team's month.
func (s Scope) Budget(ctx context.Context, m quota.Month) (quota.Budget, error) {
	b, err := dbkernel.First("team", scanBudget)(s.Scope.Query(ctx, qBudget, m))
	b.Month = m
	return b, err
}

// HoldBudget reads the team's month and keeps others from taking of it until the transaction ends.
func (s Scope) HoldBudget(ctx context.Context, m quota.Month) (quota.Budget, error) {
	if _, err := s.Scope.Exec(ctx, qOpenMonth, m); err != nil {
		return quota.Budget{}, dbkernel.Wrap("open month", err)
	}
	b, err := dbkernel.First("team", scanBudget)(s.Scope.Query(ctx, qHoldMonth, m))
	b.Month = m
	return b, err
}

// Reserve takes a call's upper bound from the team's month; false, and nothing is taken, when it would pass a limit.
func (s Scope) Reserve(ctx context.Context, r Reservation) (bool, error) {
	n, err := s.Scope.Exec(ctx, qHoldAmount, r.Month, r.Held().Tokens, r.Held().Cost)
	if err != nil || n == 0 {
		return false, dbkernel.Wrap("reserve", err)
	}
	c := r.Call
	_, err = s.Scope.Exec(ctx, qReserve, c.ID, r.Month, c.Session, c.Attempt, c.AgentSession, c.Provider, c.Model, c.Endpoint, dbkernel.Bit(c.Title), dbkernel.Bit(c.Stream),
		c.Counts.Input, c.Counts.Output, c.Cost, dbkernel.Millis(c.Started), r.Holder, dbkernel.Millis(r.Until))
	return err == nil, dbkernel.Wrap("note reservation", err)
}

// Reserved reads what a call holds; false when it holds nothing, because it is settled.
func (s Scope) Reserved(ctx context.Context, callID string) (Reservation, bool, error) {
	return dbkernel.Maybe(scanReservation)(s.Scope.Query(ctx, qReserved, callID))
}

// SessionHolds is what calls under way hold of a session's own limits.
func (s Scope) SessionHolds(ctx context.Context, id session.ID) (quota.Amount, error) {
	return dbkernel.First("session", func(r dbkernel.Scanner) (a quota.Amount, err error) {
		err = r.Scan(&a.Tokens, &a.Cost)
		return a, err
	})(s.Scope.Query(ctx, qSessionHolds, id))
}

// Release gives back what a call held; false when it held nothing.
func (s Scope) Release(ctx context.Context, callID string) (Reservation, bool, error) {
	r, ok, err := dbkernel.Maybe(scanReservation)(s.Scope.Query(ctx, qRelease, callID))
	return r, ok, dbkernel.Wrap("release", err)
}

// Charge adds to what a month has used and takes from what it holds.
func (s Scope) Charge(ctx context.Context, m quota.Month, used, held quota.Amount) error {
	_, err := s.Scope.Exec(ctx, qCharge, m, used.Tokens, used.Cost, -held.Tokens, -held.Cost)
	return dbkernel.Wrap("charge month", err)
}

// NoticeBudget notes that the team's leads are told that four fifths of a limit are used; true once a month.
func (s Scope) NoticeBudget(ctx context.Context, m quota.Month, now time.Time) (bool, error) {
	n, err := s.Scope.Exec(ctx, qNotice, m, dbkernel.Millis(now))
	return n > 0, dbkernel.Wrap("note notice", err)
}

// StopForBudget notes that a session was refused a call that needs an amount of its team's budget.
func (s Scope) StopForBudget(ctx context.Context, id session.ID, need quota.Amount, now time.Time) error {
	_, err := s.Scope.Exec(ctx, qStopForBudget, id, need.Tokens, need.Cost, dbkernel.Millis(now))
	return dbkernel.Wrap("note stop", err)
}

// GoOn forgets that a session was refused a call for want of its team's budget.
func (s Scope) GoOn(ctx context.Context, id session.ID) error {
	_, err := s.Scope.Exec(ctx, qClearStop, id)
	return dbkernel.Wrap("forget stop", err)
}

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
