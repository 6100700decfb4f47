package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

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
