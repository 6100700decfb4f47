// Package agents serves the pages about a team's agents: the list with a trial of routing, one agent, and the form of its versions.
package agents

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appagents "github.com/industrial-orchestrator/orchestrator/internal/app/agents"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// Pages holds the handlers of the area. It is safe for concurrent use.
type Pages struct {
	kit    *webkit.Kit
	agents *appagents.Verbs
	models *appmodels.Verbs
}

// New returns the handlers.
func New(k *webkit.Kit, a *app.App) *Pages {
	return &Pages{kit: k, agents: a.Agents, models: a.Models}
}

// agentID is the agent of this address.
func agentID(c *fiber.Ctx) agent.ID { return agent.ID(c.Params("id")) }

// basePath is the list of the team's agents.
func basePath(c *fiber.Ctx) string { return "/t/" + webkit.Actor(c).Slug + "/agents" }

// agentPath is the page of an agent.
func agentPath(c *fiber.Ctx, id agent.ID) string { return basePath(c) + "/" + string(id) }
