package agents

import (
	"context"
	"time"

	dbagents "github.com/industrial-orchestrator/orchestrator/db/agents"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const (
	// maxVersions and maxResults bound what a page reads.
	maxVersions = 200
	maxResults  = 5000
)

// Agents returns a page of the team's agents by name; more reports whether others follow.
func (a *Verbs) Agents(ctx context.Context, by tenant.Actor, f agent.Filter) (as []agent.Agent, more bool, err error) {
	if f.Limit <= 0 || f.Limit > agent.MaxPage {
		f.Limit = agent.MaxPage
	}
	one := f
	one.Limit++
	err = a.k.Read(ctx, by, tenant.ReadAgents, func(sc *dbkernel.Scope) error { as, err = dbagents.On(sc).Agents(ctx, one); return err })
	if more = len(as) > f.Limit; more {
		as = as[:f.Limit]
	}
	return as, more, err
}

// AgentDays returns what ended on each of the last 30 days, of the agents of one page.
func (a *Verbs) AgentDays(ctx context.Context, by tenant.Actor, as []agent.Agent) (days map[agent.ID][]agent.Day, err error) {
	if len(as) == 0 {
		return nil, nil
	}
	ids := make([]agent.ID, len(as))
	for i, v := range as {
		ids[i] = v.ID
	}
	err = a.k.Read(ctx, by, tenant.ReadAgents, func(sc *dbkernel.Scope) error {
		days, err = dbagents.On(sc).AgentDays(ctx, ids, a.k.Clock.Now().AddDate(0, 0, -29))
		return err
	})
	return days, err
}

// AgentTotals returns the figures of all agents of the team together.
func (a *Verbs) AgentTotals(ctx context.Context, by tenant.Actor) (t agent.Totals, err error) {
	err = a.k.Read(ctx, by, tenant.ReadAgents, func(sc *dbkernel.Scope) error {
		if t, err = dbagents.On(sc).AgentTotals(ctx, a.k.Clock.Now()); err != nil {
			return err
		}
		_, t.Limit, err = dbagents.On(sc).CountAgents(ctx)
		return err
	})
	return t, err
}

// Agent returns one agent with its newest version.
func (a *Verbs) Agent(ctx context.Context, by tenant.Actor, aid agent.ID) (v agent.Agent, err error) {
	return read(ctx, a, by, aid, func(sc dbagents.Scope) (agent.Agent, error) { return sc.Agent(ctx, aid) })
}

// AgentVersions returns the newest 200 versions of an agent, newest first.
func (a *Verbs) AgentVersions(ctx context.Context, by tenant.Actor, aid agent.ID) ([]agent.Version, error) {
	return read(ctx, a, by, aid, func(sc dbagents.Scope) ([]agent.Version, error) {
		if _, err := sc.Agent(ctx, aid); err != nil {
			return nil, err
		}
		return sc.Versions(ctx, aid, maxVersions)
	})
}

// AgentResults returns how the attempts of an agent of the last 90 days ended, newest first.
func (a *Verbs) AgentResults(ctx context.Context, by tenant.Actor, aid agent.ID) ([]agent.Result, error) {
	return read(ctx, a, by, aid, func(sc dbagents.Scope) ([]agent.Result, error) {
		if _, err := sc.Agent(ctx, aid); err != nil {
			return nil, err
		}
		return sc.Results(ctx, aid, a.k.Clock.Now().Add(-90*24*time.Hour), maxResults)
	})
}

func read[T any](ctx context.Context, a *Verbs, by tenant.Actor, aid agent.ID, fn func(dbagents.Scope) (T, error)) (v T, err error) {
	if err := appkernel.CheckID("agent", string(aid)); err != nil {
		return v, err
	}
	err = a.k.Read(ctx, by, tenant.ReadAgents, func(sc *dbkernel.Scope) error { v, err = fn(dbagents.On(sc)); return err })
	return v, err
}
