package agents

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// NewMaintenance is the input for a maintenance.
type NewMaintenance struct {
	Reason string    `json:"reason" doc:"3 to 200 characters." example:"The provider moves to new hardware."`
	Until  time.Time `json:"until" doc:"The end, within 90 days." example:"2026-12-31T12:00:00Z"`
}

// NewTier is the input for a tier.
type NewTier struct {
	Tier *string `json:"tier" enum:"premium,standard" nullable:"true" doc:"null lets the tier follow the figures."`
}

func (a *Operations) stateRoutes() {
	for _, v := range []struct {
		id, path, summary, description string
		do                             func(context.Context, tenant.Actor, agent.ID) (agent.Agent, error)
	}{
		{"activate-agent", "activate", "Activate an agent", "Ends the maintenance or the inactivity of an agent.", a.agents.ActivateAgent},
		{"deactivate-agent", "deactivate", "Deactivate an agent", "The agent takes no new work until somebody activates it. Running sessions continue.", a.agents.DeactivateAgent},
		{"set-default-agent", "default", "Make an agent the default", "Sessions that name no agent get this one.", a.agents.SetDefaultAgent},
		{"clear-default-agent", "no-default", "Have no default agent", "Sessions that name no agent run without one. The agent has to be the default.", a.agents.ClearDefaultAgent},
	} {
		apikit.Add(a.kit, tenant.EditAgents, huma.Operation{OperationID: v.id, Method: http.MethodPost, Path: "/agents/{id}/" + v.path, Tags: []string{"Agents"},
			Summary: v.summary, Description: "Requires the lead role. " + v.description}, a.moveAgent(v.do))
	}
	apikit.Add(a.kit, tenant.EditAgents, huma.Operation{OperationID: "maintain-agent", Method: http.MethodPost, Path: "/agents/{id}/maintenance", Tags: []string{"Agents"},
		Summary: "Take an agent out of service", Description: "Requires the lead role. Until the end, the agent takes no new work. Running sessions continue."}, a.maintain)
	apikit.Add(a.kit, tenant.EditAgents, huma.Operation{OperationID: "set-agent-tier", Method: http.MethodPut, Path: "/agents/{id}/tier", Tags: []string{"Agents"},
		Summary: "Set the tier of an agent", Description: "Requires the lead role. The tier holds until it is cleared."}, a.setTier)
}

type withoutBody struct {
	apikit.ByID
	Body *apikit.NoFields
}

func (a *Operations) moveAgent(do func(context.Context, tenant.Actor, agent.ID) (agent.Agent, error)) func(context.Context, tenant.Actor, *withoutBody) (*apikit.Answer[Agent], error) {
	return func(ctx context.Context, by tenant.Actor, in *withoutBody) (*apikit.Answer[Agent], error) {
		v, err := do(ctx, by, agent.ID(in.ID))
		return apikit.NewAnswer(a.agentBody(v)), err
	}
}

func (a *Operations) maintain(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body NewMaintenance
}) (*apikit.Answer[Agent], error) {
	v, err := a.agents.MaintainAgent(ctx, by, agent.ID(in.ID), in.Body.Reason, in.Body.Until)
	return apikit.NewAnswer(a.agentBody(v)), err
}

func (a *Operations) setTier(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body NewTier
}) (*apikit.Answer[Agent], error) {
	var tier agent.Tier
	if in.Body.Tier != nil {
		tier = agent.Tier(*in.Body.Tier)
	}
	v, err := a.agents.SetAgentTier(ctx, by, agent.ID(in.ID), tier)
	return apikit.NewAnswer(a.agentBody(v)), err
}
