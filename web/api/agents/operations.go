// Package agents serves the operations on a team's agents: the registry, versions, figures and routing.
package agents

import (
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appagents "github.com/industrial-orchestrator/orchestrator/internal/app/agents"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Operations holds the handlers of the area. It is safe for concurrent use.
type Operations struct {
	kit    *apikit.Kit
	agents *appagents.Verbs
}

// New returns the operations of the area without routes. Routes adds them.
func New(k *apikit.Kit, a *app.App) *Operations {
	return &Operations{kit: k, agents: a.Agents}
}

// Routes registers the operations of the area.
func (a *Operations) Routes() {
	a.agentRoutes()
	a.stateRoutes()
	a.figureRoutes()
	a.routingRoutes()
}
