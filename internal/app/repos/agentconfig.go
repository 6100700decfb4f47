package repos

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// AllowAgentConfig lets what a repository says about its agents count from the next turn on, or no more.
func (a *Verbs) AllowAgentConfig(ctx context.Context, by tenant.Actor, rid repository.ID, allowed bool) error {
	verb := "refuse_agent_config"
	if allowed {
		verb = "allow_agent_config"
	}
	return a.editRepository(ctx, by, rid, verb, func(sc *dbkernel.Scope, _ repository.Repository) error {
		return dbrepos.On(sc).SetAgentConfig(ctx, rid, allowed)
	})
}

// AgentConfigCounts says, for the loop that drives sessions, whether a lead allowed what a repository says about its agents.
// A repository that is not there any more, or none at all, allows nothing.
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
