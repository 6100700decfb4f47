package agents

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// NewAgent is the input for an agent.
type NewAgent struct {
	Name         string   `json:"name" doc:"3 to 100 characters. Unique in the team, in whatever case." example:"Go implementer"`
	AgentType    string   `json:"agent_type" enum:"architect,implementer,reviewer,debugger,integrator,orchestrator,analyst,optimizer"`
	Description  string   `json:"description,omitempty" doc:"Up to 500 characters."`
	Capabilities []string `json:"capabilities,omitempty" doc:"If omitted, those that the type suggests."`
	Preferred    []string `json:"preferred_technologies,omitempty"`
	Avoided      []string `json:"avoided_technologies,omitempty" doc:"Routing never gives the agent work with one of them."`
	Runner       string   `json:"runner,omitempty" enum:"opencode" doc:"The default is opencode."`
	Model        string   `json:"model_identifier,omitempty" doc:"The model, as provider/model, of sessions that name none."`
	Prompt       string   `json:"system_prompt,omitempty" doc:"Up to 50,000 characters. If omitted, the runner's own."`
	Temperature  *float64 `json:"temperature,omitempty" doc:"0 to 2. If omitted, the model's default."`
	MaxSteps     *int64   `json:"max_steps,omitempty" doc:"Model calls of one turn, 1 to 1,000. If omitted, no limit."`
	Places       int64    `json:"max_concurrent_tasks,omitempty" doc:"Sessions at a time, 1 to 50. The default is 5."`
	Permissions  []Rule   `json:"permissions,omitempty" doc:"Up to 50 rules, of which the last that matches counts. They restrict: the stricter of them and the team's policy holds."`
	Changelog    string   `json:"changelog,omitempty" doc:"Up to 2,000 characters."`
}

// Rule is a rule of a permission profile.
type Rule struct {
	Permission string `json:"permission" doc:"The name of a tool, or * for all." example:"bash"`
	Pattern    string `json:"pattern" doc:"* stands for any text, ? for one character." example:"git push *"`
	Action     string `json:"action" enum:"allow,ask,deny"`
}

// AgentChange is the input for a change. Omitted fields keep their value; a change of anything but the name makes a new version.
type AgentChange struct {
	Name         *string           `json:"name,omitempty"`
	AgentType    *string           `json:"agent_type,omitempty"`
	Description  *string           `json:"description,omitempty"`
	Capabilities *[]string         `json:"capabilities,omitempty"`
	Preferred    *[]string         `json:"preferred_technologies,omitempty"`
	Avoided      *[]string         `json:"avoided_technologies,omitempty"`
	Model        *string           `json:"model_identifier,omitempty"`
	Prompt       *string           `json:"system_prompt,omitempty"`
	Temperature  Optional[float64] `json:"temperature,omitempty" doc:"null for the model's default."`
	MaxSteps     Optional[int64]   `json:"max_steps,omitempty" doc:"null for no limit."`
	Places       *int64            `json:"max_concurrent_tasks,omitempty"`
	Permissions  *[]Rule           `json:"permissions,omitempty"`
	Version      string            `json:"version,omitempty" doc:"The number of the new version. If omitted, the smallest that fits: a right that grows is at least a minor version." example:"0.2.0"`
	Base         string            `json:"base_version,omitempty" doc:"The version that the change was made from. If somebody has saved another one since, the change is refused."`
	Changelog    string            `json:"changelog,omitempty"`
}

func (a *Operations) agentRoutes() {
	tags := []string{"Agents"}
	apikit.Add(a.kit, tenant.ReadAgents, huma.Operation{OperationID: "list-agents", Method: http.MethodGet, Path: "/agents", Tags: tags,
		Summary: "List agents", Description: "The team's agents by name, one page at a time."}, a.listAgents)
	apikit.Add(a.kit, tenant.EditAgents, huma.Operation{OperationID: "create-agent", Method: http.MethodPost, Path: "/agents", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Create an agent", Description: "Requires the lead role. The first version is 0.1.0."}, a.createAgent)
	apikit.Add(a.kit, tenant.ReadAgents, huma.Operation{OperationID: "get-agent", Method: http.MethodGet, Path: "/agents/{id}", Tags: tags,
		Summary: "Get an agent", Description: "One agent with its newest version."}, a.getAgent)
	apikit.Add(a.kit, tenant.EditAgents, huma.Operation{OperationID: "edit-agent", Method: http.MethodPatch, Path: "/agents/{id}", Tags: tags,
		Summary: "Change an agent", Description: "Requires the lead role. Saves a new version; sessions keep the version that they started with."}, a.editAgent)
	apikit.Add(a.kit, tenant.EditAgents, huma.Operation{OperationID: "delete-agent", Method: http.MethodDelete, Path: "/agents/{id}", Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Delete an agent", Description: "Requires the lead role. Sessions keep the version that they started with."}, a.deleteAgent)
	apikit.Add(a.kit, tenant.ReadAgents, huma.Operation{OperationID: "list-agent-versions", Method: http.MethodGet, Path: "/agents/{id}/versions", Tags: tags,
		Summary: "List the versions of an agent", Description: "The newest 200 versions, newest first, each with what it changed."}, a.listVersions)
}

// AgentPage is one page of a team's agents.
type AgentPage struct {
	Items      []Agent `json:"items"`
	NextCursor *string `json:"next_cursor" doc:"The cursor of the next page; null on the last page."`
	HasMore    bool    `json:"has_more"`
}

func (a *Operations) listAgents(ctx context.Context, by tenant.Actor, in *struct {
	Q          string `query:"q" doc:"A part of the name."`
	Type       string `query:"agent_type" doc:"A type of agent."`
	Capability string `query:"capability" doc:"A capability that the agents have."`
	Status     string `query:"status" enum:"active,inactive" doc:"The status."`
	Limit      int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
	Cursor     string `query:"cursor" doc:"next_cursor of the previous page."`
}) (*apikit.Answer[AgentPage], error) {
	f := agent.Filter{Query: in.Q, Type: agent.Type(in.Type), Capability: agent.Capability(in.Capability), Status: agent.Status(in.Status), After: in.Cursor, Limit: in.Limit}
	as, more, err := a.agents.Agents(ctx, by, f)
	page := AgentPage{Items: apikit.MapItems(as, a.agentBody), HasMore: more}
	if more {
		page.NextCursor = apikit.TextOrNull(as[len(as)-1].Name)
	}
	return apikit.NewAnswer(page), err
}

func (a *Operations) createAgent(ctx context.Context, by tenant.Actor, in *struct{ Body NewAgent }) (*apikit.Answer[Agent], error) {
	v, err := a.agents.CreateAgent(ctx, by, in.Body.Name, in.Body.spec(), in.Body.Changelog)
	return apikit.NewAnswer(a.agentBody(v)), err
}

func (a *Operations) getAgent(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[Agent], error) {
	v, err := a.agents.Agent(ctx, by, agent.ID(in.ID))
	return apikit.NewAnswer(a.agentBody(v)), err
}

func (a *Operations) editAgent(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body AgentChange
}) (*apikit.Answer[Agent], error) {
	v, err := a.agents.EditAgent(ctx, by, agent.ID(in.ID), in.Body.edit())
	return apikit.NewAnswer(a.agentBody(v)), err
}

func (a *Operations) deleteAgent(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*struct{}, error) {
	return nil, a.agents.DeleteAgent(ctx, by, agent.ID(in.ID))
}

func (a *Operations) listVersions(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[apikit.List[Version]], error) {
	vs, err := a.agents.AgentVersions(ctx, by, agent.ID(in.ID))
	out := make([]Version, len(vs))
	for i, v := range vs {
		out[i] = versionBody(v)
		if i+1 < len(vs) {
			out[i].Changes = apikit.MapItems(agent.Changes(vs[i+1].Spec, v.Spec), func(c agent.Change) Change { return Change(c) })
		}
	}
	return apikit.NewAnswer(apikit.NewList(out)), err
}
