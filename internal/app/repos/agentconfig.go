package repos

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// AllowAgentConfig sets whether sessions use the agent configuration in a repository, starting with their next turn.
func (a *Verbs) AllowAgentConfig(ctx context.Context, by tenant.Actor, rid repository.ID, allowed bool) error {
	verb := "refuse_agent_config"
	if allowed {
		verb = "allow_agent_config"
	}
	return a.editRepository(ctx, by, rid, verb, func(sc *dbkernel.Scope, _ repository.Repository) error {
		return dbrepos.On(sc).SetAgentConfig(ctx, rid, allowed)
	})
}

// AgentConfigCounts reports whether sessions use the agent configuration in a repository. It is false for a repository that does not
// exist or an empty ID.
func (a *Verbs) AgentConfigCounts(ctx context.Context, t tenant.ID, rid repository.ID) (counts bool, err error) {
	if rid == "" {
		return false, nil
	}
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error {
		r, err := dbrepos.On(sc).Repository(ctx, rid)
		if err != nil {
			return err
		}
		counts = r.AgentConfig
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return counts && err == nil, err
}
