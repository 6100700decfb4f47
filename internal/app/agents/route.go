package agents

import (
	"context"

	dbagents "github.com/industrial-orchestrator/orchestrator/db/agents"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// RouteAgents ranks the team's agents for a need. It reserves nothing.
func (a *Verbs) RouteAgents(ctx context.Context, by tenant.Actor, need agent.Need) (r agent.Routing, err error) {
	err = a.k.Read(ctx, by, tenant.ReadAgents, func(sc *dbkernel.Scope) error { r, err = a.Route(ctx, sc, need); return err })
	return r, err
}

// Route ranks the team's agents for a need in the caller's transaction. The API, the pages and the start of a session use it.
func (a *Verbs) Route(ctx context.Context, sc *dbkernel.Scope, need agent.Need) (agent.Routing, error) {
	need = need.Clean()
	if err := need.Check(); err != nil {
		return agent.Routing{}, err
	}
	can, err := a.models.Reach(ctx, sc)
	if err != nil {
		return agent.Routing{}, err
	}
	now := a.k.Clock.Now()
	cs, err := dbagents.On(sc).Candidates(ctx, now)
	if err != nil {
		return agent.Routing{}, err
	}
	return agent.Route(cs, need, can, now), nil
}
