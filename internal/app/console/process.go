package console

import (
	"context"
	"fmt"

	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// InstanceProcesses returns the OpenCode processes of all teams with their current resource use.
func (a *Verbs) InstanceProcesses(ctx context.Context, by tenant.Actor) (ps []instance.Process, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return nil, err
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { ps, err = dbconsole.Across(s).ProcessRows(ctx); return err })
	if err == nil && a.opts.Measure != nil {
		a.opts.Measure(ps)
	}
	return ps, err
}

// EndProcess ends a team's OpenCode process and everything that it started. Its sessions continue automatically, as after a crash. It is
// written to the team's audit log.
func (a *Verbs) EndProcess(ctx context.Context, by tenant.Actor, t tenant.ID) error {
	if err := appkernel.MayOperate(by); err != nil {
		return err
	}
	if !id.Valid(string(t)) {
		return fault.Missing("process")
	}
	err := a.k.DB.System(ctx, func(s *dbkernel.System) error {
		p, err := dbconsole.Across(s).ProcessOf(ctx, t)
		if err != nil {
			return err
		}
		detail := fmt.Sprintf("pid %d, OpenCode %s", p.PID, p.Version)
		if err := s.WriteInstanceAudit(ctx, a.k.Entry(by, "end_process", string(t), detail)); err != nil {
			return err
		}
		return s.WriteAudit(ctx, t, a.k.Entry(by, "end_process", string(t), detail))
	})
	if err != nil || a.opts.EndAgents == nil {
		return err
	}
	return a.opts.EndAgents(ctx, t)
}
