package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// CompareCosts compares the team's cost of this month, as the gateway charged it, with the reports of its agents and with the price table.
func (a *Verbs) CompareCosts(ctx context.Context, by tenant.Actor) (t usage.Truth, err error) {
	now := a.k.Clock.Now().UTC()
	from, to := now.Format("2006-01")+"-01", usage.Date(now)
	var own []usage.Version
	var days []usage.Day
	var agent usage.Agent
	err = a.k.Read(ctx, by, tenant.ReadTeam, func(sc *dbkernel.Scope) error {
		if days, err = dbmodels.On(sc).UsageDays(ctx, from, to); err != nil {
			return err
		}
		if agent, err = dbwork.On(sc).AgentUsageDays(ctx, from, to); err != nil {
			return err
		}
		if t, err = dbwork.On(sc).UnverifiedUsage(ctx, from, to); err != nil {
			return err
		}
		own, err = dbmodels.On(sc).PriceVersions(ctx)
		return err
	})
	if err != nil {
		return t, err
	}
	operators, err := a.models.OperatorPrices(ctx)
	if err != nil {
		return t, err
	}
	doubts := t
	t = usage.Reckon(days, func(model, day string) (usage.Price, bool) {
		if p, ok := usage.PriceOn(operators, model, day); ok {
			return p, true
		}
		return usage.PriceOn(own, model, day)
	})
	t.Agent, t.Estimated, t.Doubtful, t.Guess = agent, doubts.Estimated, doubts.Doubtful, doubts.Guess
	return t, nil
}

// AgentUsage returns a session's usage as the agent reported it. It needs the right to read the session's model calls.
func (a *Verbs) AgentUsage(ctx context.Context, by tenant.Actor, id session.ID) (u usage.Agent, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, s session.Session) error {
		if err := by.MayOn(tenant.ReadModelCalls, s.CreatedBy); err != nil {
			return err
		}
		u, err = dbwork.On(sc).AgentUsage(ctx, id)
		return err
	})
	return u, err
}
