package console

import (
	"context"
	"time"

	dbagents "github.com/industrial-orchestrator/orchestrator/db/agents"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// exportedOfAgent is the most versions, and the most results, of an agent that an export lists.
const exportedOfAgent = 10_000

// exportAgents writes every agent of the registry with its versions and how its attempts ended, by name.
func (a *Verbs) exportAgents(ctx context.Context, by tenant.Actor, x archive) error {
	f := agent.Filter{Limit: exportPage}
	for {
		var page []agent.Agent
		err := a.k.DB.View(ctx, by.Tenant, func(sc *dbkernel.Scope) (err error) {
			page, err = dbagents.On(sc).Agents(ctx, f)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, v := range page {
			if err := a.exportAgent(ctx, by, x, v.ID); err != nil {
				return err
			}
			f.After = v.Name
		}
	}
}

func (a *Verbs) exportAgent(ctx context.Context, by tenant.Actor, x archive, id agent.ID) error {
	var v agent.Agent
	var versions []agent.Version
	var results []agent.Result
	err := a.k.DB.View(ctx, by.Tenant, func(sc *dbkernel.Scope) (err error) {
		if v, err = dbagents.On(sc).Agent(ctx, id); err != nil {
			return err
		}
		if versions, err = dbagents.On(sc).Versions(ctx, id, exportedOfAgent); err != nil {
			return err
		}
		results, err = dbagents.On(sc).Results(ctx, id, time.Time{}, exportedOfAgent)
		return err
	})
	if err != nil {
		return appkernel.IgnoreMissing(err) // it was deleted in the meantime
	}
	dir := "agents/" + string(id) + "/"
	for _, part := range []struct {
		name string
		rows any
	}{{"agent", v}, {"versions", versions}, {"results", results}} {
		if err := x.file(dir+part.name+".json", part.rows); err != nil {
			return err
		}
	}
	return nil
}
