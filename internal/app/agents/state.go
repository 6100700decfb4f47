package agents

import (
	"context"
	"time"

	dbagents "github.com/industrial-orchestrator/orchestrator/db/agents"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// MaintainAgent takes an agent out of service until a time: it finishes what runs and takes nothing new.
func (a *Verbs) MaintainAgent(ctx context.Context, by tenant.Actor, aid agent.ID, reason string, until time.Time) (agent.Agent, error) {
	m := agent.Maintenance{Reason: text.Clean(text.Line(reason)), Until: until, By: by.Name}
	return a.update(ctx, by, aid, "maintain_agent", func(v *agent.Agent) error {
		v.Maintenance = &m
		return agent.CheckMaintenance(m, a.k.Clock.Now())
	})
}

// ActivateAgent lets an agent take work: it ends its maintenance or its inactivity.
func (a *Verbs) ActivateAgent(ctx context.Context, by tenant.Actor, aid agent.ID) (agent.Agent, error) {
	return a.update(ctx, by, aid, "activate_agent", func(v *agent.Agent) error {
		v.Status, v.Maintenance = agent.Active, nil
		return nil
	})
}

// DeactivateAgent lets an agent take no new work until somebody activates it. Running sessions continue.
func (a *Verbs) DeactivateAgent(ctx context.Context, by tenant.Actor, aid agent.ID) (agent.Agent, error) {
	return a.update(ctx, by, aid, "deactivate_agent", func(v *agent.Agent) error {
		v.Status = agent.Inactive
		return nil
	})
}

// SetAgentTier sets the tier of an agent to premium or standard; empty lets it follow the figures again.
func (a *Verbs) SetAgentTier(ctx context.Context, by tenant.Actor, aid agent.ID, tier agent.Tier) (agent.Agent, error) {
	return a.update(ctx, by, aid, "set_agent_tier", func(v *agent.Agent) error {
		if tier != "" && !tier.CanSet() {
			return fault.Field("tier", "%q cannot be set. Use premium or standard, or leave it empty to follow the figures.", text.Cut(string(tier), 60))
		}
		v.SetTier = tier
		return nil
	})
}

func (a *Verbs) update(ctx context.Context, by tenant.Actor, aid agent.ID, verb string, fn func(*agent.Agent) error) (agent.Agent, error) {
	return a.change(ctx, by, aid, verb, func(sc *dbkernel.Scope, v agent.Agent) error {
		if err := fn(&v); err != nil {
			return err
		}
		a.ringPlaces(sc)
		return dbagents.On(sc).UpdateAgent(ctx, v, by.User, a.k.Clock.Now())
	})
}

// SetDefaultAgent makes an agent the one of sessions that name none.
func (a *Verbs) SetDefaultAgent(ctx context.Context, by tenant.Actor, aid agent.ID) (agent.Agent, error) {
	return a.change(ctx, by, aid, "set_default_agent", func(sc *dbkernel.Scope, _ agent.Agent) error {
		return dbagents.On(sc).SetDefaultAgent(ctx, aid)
	})
}

// ClearDefaultAgent lets sessions that name no agent run without one. The agent is the present default.
func (a *Verbs) ClearDefaultAgent(ctx context.Context, by tenant.Actor, aid agent.ID) (agent.Agent, error) {
	return a.change(ctx, by, aid, "clear_default_agent", func(sc *dbkernel.Scope, v agent.Agent) error {
		if !v.IsDefault {
			return fault.New(fault.Conflict, "%s is not the default agent.", v.Name)
		}
		return dbagents.On(sc).SetDefaultAgent(ctx, "")
	})
}
