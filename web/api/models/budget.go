package models

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Budget is the team's budget of the month and its storage.
type Budget struct {
	Month    string                  `json:"month" doc:"The UTC calendar month." example:"2026-11"`
	FreesAt  apikit.Time             `json:"frees_at" doc:"When the next month begins. Each month has its own budget."`
	Tokens   BudgetFigures           `json:"tokens" doc:"Weighted tokens: a cache read counts as a tenth of a token."`
	Cost     BudgetFigures           `json:"cost_microusd"`
	ToldAt   *apikit.Time            `json:"told_at" nullable:"true" doc:"When the leads were notified that 80% of a limit had been used; null before that."`
	Forecast apikit.OrNull[Forecast] `json:"forecast"`
	Days     []UsageDay              `json:"days" doc:"Usage this month, with a row for each UTC day and model."`
	Storage  Storage                 `json:"storage"`
}

// BudgetFigures are one monthly limit and its use.
type BudgetFigures struct {
	Limit    *int64 `json:"limit" nullable:"true" doc:"null means no limit; 0 allows nothing."`
	Used     int64  `json:"used"`
	Reserved int64  `json:"reserved" doc:"The maximum that model calls in progress can use. They release what they do not use."`
	Left     *int64 `json:"left" nullable:"true"`
	Over     int64  `json:"over" doc:"The amount by which used plus reserved exceeds the limit, because a provider reported more than the call was allowed to use or the limit was lowered."`
}

// Forecast is the usage at the end of the month at the average of its past days; null on the first day.
type Forecast struct {
	Tokens int64 `json:"tokens"`
	Cost   int64 `json:"cost_microusd"`
}

// UsageDay is the usage of one model on one UTC day.
type UsageDay struct {
	Date       string `json:"date" format:"date"`
	Model      string `json:"model"`
	Calls      int64  `json:"calls"`
	Input      int64  `json:"input"`
	Output     int64  `json:"output"`
	Reasoning  int64  `json:"reasoning"`
	CacheRead  int64  `json:"cache_read"`
	CacheWrite int64  `json:"cache_write"`
	Cost       int64  `json:"cost_microusd"`
}

// Storage is the team's storage on the server, in bytes.
type Storage struct {
	Limit      *int64       `json:"limit" nullable:"true" doc:"null means no limit; 0 allows nothing."`
	Used       int64        `json:"used"`
	Clones     int64        `json:"clones" doc:"The server's clones of repositories."`
	Trees      int64        `json:"trees" doc:"The sessions' working trees."`
	Homes      int64        `json:"homes" doc:"OpenCode's conversations and caches."`
	Calls      int64        `json:"model_calls" doc:"Stored model calls."`
	MeasuredAt *apikit.Time `json:"measured_at" nullable:"true" doc:"When storage was measured: at least every minute while a session runs, otherwise every hour."`
}

func (a *Operations) budgetRoutes() {
	tags := []string{"Budget"}
	apikit.Add(a.kit, tenant.ReadTeam, huma.Operation{OperationID: "get-budget", Method: http.MethodGet, Path: "/budget", Tags: tags, Summary: "Read the budget",
		Description: "The team's budget for the month (limits, used and reserved amounts, and a forecast) and its storage on the server."}, a.readBudget)
	apikit.Add(a.kit, tenant.ReadTeam, huma.Operation{OperationID: "list-budget-requests", Method: http.MethodGet, Path: "/budget/requests", Tags: tags,
		Summary: "List budget requests", Description: "The leads' requests for more budget, with the answers, newest first."}, a.listBudgetRequests)
	apikit.Add(a.kit, tenant.AskBudget, huma.Operation{OperationID: "ask-budget", Method: http.MethodPost, Path: "/budget/requests", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Request more budget", Description: "Requires the lead role. An admin of the instance grants or refuses the request. When it is granted, sessions that were paused because of the budget resume automatically."}, a.requestBudget)
}

func (a *Operations) readBudget(ctx context.Context, by tenant.Actor, _ *struct{}) (*apikit.Answer[Budget], error) {
	b, err := a.models.Budget(ctx, by)
	if err != nil {
		return nil, err
	}
	days, err := a.models.Month(ctx, by)
	if err != nil {
		return nil, err
	}
	kept, err := a.models.Storage(ctx, by)
	if err != nil {
		return nil, err
	}
	body := Budget{Month: string(b.Month), FreesAt: apikit.NewTime(b.Month.Ends()), Tokens: figures(b.Max.Tokens, b.Used.Tokens, b.Held.Tokens),
		Cost: figures(b.Max.Cost, b.Used.Cost, b.Held.Cost), ToldAt: apikit.OptionalTime(b.NoticedAt), Days: apikit.MapItems(days, dayBody), Storage: storageBody(kept)}
	if f, ok := b.Forecast(a.kit.Clock.Now()); ok {
		body.Forecast.Value = &Forecast{f.Tokens, f.Cost}
	}
	return apikit.NewAnswer(body), nil
}

func figures(limit *int64, used, held int64) BudgetFigures {
	f := BudgetFigures{Limit: limit, Used: used, Reserved: held}
	if limit != nil {
		left := max(0, *limit-used-held)
		f.Left, f.Over = &left, max(0, used+held-*limit)
	}
	return f
}

func dayBody(d usage.Day) UsageDay {
	c := d.Counts
	return UsageDay{d.Date, d.Model, d.Calls, c.Input, c.Output, c.Reasoning, c.CacheRead, c.CacheWrite(), d.Cost}
}

func storageBody(s quota.Storage) Storage {
	return Storage{s.Max, s.Used(), s.Clones, s.Trees, s.Homes, s.Calls, apikit.TimeOrNull(s.MeasuredAt)}
}
