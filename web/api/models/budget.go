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

// Budget is the team's month and what it keeps.
type Budget struct {
	Month    string                  `json:"month" doc:"The UTC calendar month." example:"2026-11"`
	FreesAt  apikit.Time             `json:"frees_at" doc:"When the next month begins: nothing resets, another month has its own budget."`
	Tokens   BudgetFigures           `json:"tokens" doc:"Weighted: a cache read counts a tenth."`
	Cost     BudgetFigures           `json:"cost_microusd"`
	ToldAt   *apikit.Time            `json:"told_at" nullable:"true" doc:"When the leads were told that 80 % of a limit are used; null before that."`
	Forecast apikit.OrNull[Forecast] `json:"forecast"`
	Days     []UsageDay              `json:"days" doc:"What was used this month, a row for each UTC day and model."`
	Storage  Storage                 `json:"storage"`
}

// BudgetFigures are one limit of a month and what is taken of it.
type BudgetFigures struct {
	Limit    *int64 `json:"limit" nullable:"true" doc:"null is no limit, 0 is nothing at all."`
	Used     int64  `json:"used"`
	Reserved int64  `json:"reserved" doc:"What model calls under way may use at most; they give back what they do not need."`
	Left     *int64 `json:"left" nullable:"true"`
	Over     int64  `json:"over" doc:"By how much used and reserved pass the limit: a provider reported more than a call may use, or the limit was lowered."`
}

// Forecast is the month's end if each day goes on like the mean of those that are past; null on the month's first day.
type Forecast struct {
	Tokens int64 `json:"tokens"`
	Cost   int64 `json:"cost_microusd"`
}

// UsageDay is one UTC day's use of one model.
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

// Storage is what the team keeps on the server, in bytes.
type Storage struct {
	Limit      *int64       `json:"limit" nullable:"true" doc:"null is no limit, 0 is nothing at all."`
	Used       int64        `json:"used"`
	Clones     int64        `json:"clones" doc:"The server's clones of repositories."`
	Trees      int64        `json:"trees" doc:"The working trees of sessions."`
	Homes      int64        `json:"homes" doc:"What OpenCode keeps: its conversations and caches."`
	Calls      int64        `json:"model_calls" doc:"Model calls that are kept for 30 days."`
	MeasuredAt *apikit.Time `json:"measured_at" nullable:"true" doc:"At least each minute while a session runs, each hour otherwise."`
}

func (a *Operations) BudgetRoutes() {
	tags := []string{"Budget"}
	apikit.Add(a.kit, tenant.ReadTeam, huma.Operation{OperationID: "get-budget", Method: http.MethodGet, Path: "/budget", Tags: tags, Summary: "Read the budget",
		Description: "How the team's month stands: limits, what is used and reserved, where it is going; and what the team keeps on the server."}, a.readBudget)
	apikit.Add(a.kit, tenant.ReadTeam, huma.Operation{OperationID: "list-budget-requests", Method: http.MethodGet, Path: "/budget/requests", Tags: tags,
		Summary: "List requests for more", Description: "What leads asked for and what was answered, newest first."}, a.listBudgetRequests)
	apikit.Add(a.kit, tenant.AskBudget, huma.Operation{OperationID: "ask-budget", Method: http.MethodPost, Path: "/budget/requests", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Ask for more", Description: "Needs a lead. An admin of the instance grants or refuses it. Granted, the sessions that were paused for it go on by themselves."}, a.requestBudget)
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
	if f, known := b.Forecast(a.kit.Clock.Now()); known {
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
