package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// AgentUsage is what the agent itself says that a session used, for those who may read its model calls.
func (a *Verbs) AgentUsage(ctx context.Context, by tenant.Actor, id session.ID) (u usage.Agent, err error) {
	err = a.inside(ctx, by, id, func(sc *dbkernel.Scope, s session.Session) error {
		if err := by.MayOn(tenant.ReadModelCalls, s.CreatedBy); err != nil {
			return err
		}
		u, err = dbwork.On(sc).AgentUsage(ctx, id)
		return err
	})
	return u, err
}
