package models

import (
	"context"
	"database/sql"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
)

const requestColumns = `id, asked_by, asked_by_name, asked_at, tokens, cost_microusd, reason, answer, note, answered_by, answered_at`

var (
	qAskBudget      = area.Scoped(`INSERT INTO main.budget_requests (tenant_id, id, asked_by, asked_by_name, asked_at, tokens, cost_microusd, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	qBudgetRequests = area.Scoped(`SELECT ` + requestColumns + ` FROM budget_requests WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2`)
	qBudgetRequest  = area.Scoped(`SELECT ` + requestColumns + ` FROM budget_requests WHERE tenant_id = $1 AND id = $2`)
	qAnswerBudget   = area.Scoped(`UPDATE main.budget_requests SET answer = $3, note = $4, answered_by = $5, answered_at = $6 WHERE tenant_id = $1 AND id = $2 AND answer = ''`)
)

// AddBudgetRequest stores a lead's request for more budget.
func (s Scope) AddBudgetRequest(ctx context.Context, r quota.Request) error {
	_, err := s.Scope.Exec(ctx, qAskBudget, r.ID, r.AskedBy, r.AskedByName, dbkernel.Millis(r.AskedAt), dbkernel.IntOrNull(r.Wanted.Tokens), dbkernel.IntOrNull(r.Wanted.Cost), r.Reason)
	return dbkernel.Wrap("store request", err)
}

// BudgetRequests lists the team's requests, newest first.
func (s Scope) BudgetRequests(ctx context.Context, limit int) ([]quota.Request, error) {
	return dbkernel.Collect(scanRequest)(s.Scope.Query(ctx, qBudgetRequests, limit))
}

// BudgetRequest reads one request of the team.
func (s Scope) BudgetRequest(ctx context.Context, id string) (quota.Request, error) {
	return dbkernel.First("request", scanRequest)(s.Scope.Query(ctx, qBudgetRequest, id))
}

// AnswerBudgetRequest stores the answer to an open request; Conflict if it was answered before.
func (s Scope) AnswerBudgetRequest(ctx context.Context, r quota.Request) error {
	n, err := s.Scope.Exec(ctx, qAnswerBudget, r.ID, r.Answer, r.Note, r.AnsweredBy, dbkernel.MillisOrNull(r.AnsweredAt))
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "This request has already been answered.")
	}
	return dbkernel.Wrap("answer request", err)
}

func scanRequest(r dbkernel.Scanner) (quota.Request, error) { return RequestFrom(r) }

// RequestFrom reads a request from requestColumns; the row begins with the columns of before.
func RequestFrom(r dbkernel.Scanner, before ...any) (v quota.Request, err error) {
	var tokens, cost sql.NullInt64
	var answered dbkernel.NullTime
	err = r.Scan(append(before, &v.ID, &v.AskedBy, &v.AskedByName, dbkernel.TimeDest(&v.AskedAt), &tokens, &cost, &v.Reason, &v.Answer, &v.Note, &v.AnsweredBy, &answered)...)
	v.Wanted, v.AnsweredAt = quota.Limits{Tokens: dbkernel.IntOrNil(tokens), Cost: dbkernel.IntOrNil(cost)}, answered.Time
	return v, err
}
