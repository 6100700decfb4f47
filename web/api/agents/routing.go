package agents

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

func (a *Operations) routingRoutes() {
	apikit.Add(a.kit, tenant.ReadAgents, huma.Operation{OperationID: "route-agent", Method: http.MethodPost, Path: "/agents/route", Tags: []string{"Agents"},
		Summary:     "Find the agent for a need",
		Description: "Ranks the team's agents as a session with `route` would, and reserves nothing. If no agent fits, the answer is 409 and says which requirement excluded how many."}, a.route)
}

func (a *Operations) route(ctx context.Context, by tenant.Actor, in *struct{ Body apikit.Need }) (*apikit.Answer[apikit.Routing], error) {
	r, err := a.agents.RouteAgents(ctx, by, in.Body.Noun())
	if err != nil {
		return nil, err
	}
	if _, ok := r.Chosen(); !ok {
		return nil, fault.New(fault.Conflict, "%s", r.Reason)
	}
	return apikit.NewAnswer(apikit.NewRouting(agent.Routing.Kept(r))), nil
}
