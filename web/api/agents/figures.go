package agents

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Figures are an agent's figures over 30 and 90 days, whole and by version and capability. Sessions that a person stopped, and those
// that failed for want of a model, a budget or a runner, count nowhere.
type Figures struct {
	Days30       Sums        `json:"days_30"`
	Days90       Sums        `json:"days_90"`
	Versions     []NamedSums `json:"versions" doc:"Over 90 days, by version."`
	Capabilities []NamedSums `json:"capabilities" doc:"Over 90 days, by required capability. Its rate divides by its own count."`
}

// Sums are figures of sessions that ended.
type Sums struct {
	Ends           int64    `json:"ends"`
	SuccessRate    *float64 `json:"success_rate" nullable:"true"`
	Quality        *float64 `json:"quality" nullable:"true"`
	MedianCost     *int64   `json:"median_cost_microusd" nullable:"true"`
	MedianDuration *int64   `json:"median_duration_seconds" nullable:"true"`
}

// NamedSums are the figures of one version or capability.
type NamedSums struct {
	Name string `json:"name"`
	Sums
}

func (a *Operations) figureRoutes() {
	apikit.Add(a.kit, tenant.ReadAgents, huma.Operation{OperationID: "get-agent-figures", Method: http.MethodGet, Path: "/agents/{id}/figures", Tags: []string{"Agents"},
		Summary: "Read the figures of an agent", Description: "Success, quality, time and cost of its sessions that ended."}, a.figures)
}

func (a *Operations) figures(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[Figures], error) {
	rs, err := a.agents.AgentResults(ctx, by, agent.ID(in.ID))
	if err != nil {
		return nil, err
	}
	since := a.kit.Clock.Now().AddDate(0, 0, -30)
	f := Figures{Days30: sums(agent.Sum(rs, func(r agent.Result) bool { return !r.At.Before(since) })), Days90: sums(agent.Sum(rs, func(agent.Result) bool { return true }))}
	f.Versions, f.Capabilities = []NamedSums{}, []NamedSums{}
	for _, v := range agent.VersionsOf(rs) {
		f.Versions = append(f.Versions, NamedSums{v, sums(agent.Sum(rs, func(r agent.Result) bool { return r.Version == v }))})
	}
	for _, c := range agent.CapabilitiesOf(rs) {
		f.Capabilities = append(f.Capabilities, NamedSums{string(c), sums(agent.Sum(rs, func(r agent.Result) bool { return slices.Contains(r.Capabilities, c) }))})
	}
	return apikit.NewAnswer(f), nil
}

func sums(f agent.Figures) Sums {
	return Sums{f.Ends, f.Success, f.Quality, f.MedianCost, seconds(f.MedianDuration)}
}
