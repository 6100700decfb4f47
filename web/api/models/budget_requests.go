package models

import (
	"cmp"
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// BudgetRequest is a lead's request for higher monthly limits, with the answer once there is one.
type BudgetRequest struct {
	ID          string       `json:"id" format:"uuid"`
	AskedByID   string       `json:"asked_by_id" format:"uuid"`
	AskedByName string       `json:"asked_by_name"`
	AskedAt     apikit.Time  `json:"asked_at"`
	Tokens      *int64       `json:"tokens" nullable:"true" doc:"The new monthly limit of weighted tokens; null for no change."`
	Cost        *int64       `json:"cost_microusd" nullable:"true" doc:"The new monthly cost limit; null for no change."`
	Reason      string       `json:"reason"`
	Status      string       `json:"status" enum:"open,granted,refused"`
	Note        *string      `json:"note" doc:"The admin's note."`
	AnsweredBy  *string      `json:"answered_by" doc:"The name of the admin who answered."`
	AnsweredAt  *apikit.Time `json:"answered_at" nullable:"true"`
}

// NewBudgetRequest is the input for a request: at least one of the limits.
type NewBudgetRequest struct {
	Tokens *int64 `json:"tokens,omitempty" doc:"The new monthly limit of weighted tokens, above the current one." example:"80000000"`
	Cost   *int64 `json:"cost_microusd,omitempty" doc:"The new monthly cost limit, above the current one." example:"250000000"`
	Reason string `json:"reason" doc:"The reason, 3 to 1,000 characters." example:"The release is due on Friday."`
}

func (a *Operations) listBudgetRequests(ctx context.Context, by tenant.Actor, _ *struct{}) (*apikit.Answer[apikit.List[BudgetRequest]], error) {
	rs, err := a.models.BudgetRequests(ctx, by)
	return apikit.NewAnswer(apikit.NewList(apikit.MapItems(rs, budgetRequestBody))), err
}

func (a *Operations) requestBudget(ctx context.Context, by tenant.Actor, in *struct{ Body NewBudgetRequest }) (*apikit.Answer[BudgetRequest], error) {
	r, err := a.models.RequestBudget(ctx, by, quota.Limits{Tokens: in.Body.Tokens, Cost: in.Body.Cost}, in.Body.Reason)
	return apikit.NewAnswer(budgetRequestBody(r)), err
}

func budgetRequestBody(r quota.Request) BudgetRequest {
	return BudgetRequest{r.ID, string(r.AskedBy), r.AskedByName, apikit.NewTime(r.AskedAt), r.Wanted.Tokens, r.Wanted.Cost, r.Reason,
		cmp.Or(string(r.Answer), "open"), apikit.TextOrNull(r.Note), apikit.TextOrNull(r.AnsweredBy), apikit.OptionalTime(r.AnsweredAt)}
}
