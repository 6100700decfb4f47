package console

import (
	"context"
	"fmt"

	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// InstanceProcesses returns the OpenCode processes of all sessions with their current resource use.
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

// EndProcess ends a session's OpenCode process, or a spare, and everything that it started. The session continues automatically, as after
// a crash. It is written to the team's audit log.
func (a *Verbs) EndProcess(ctx context.Context, by tenant.Actor, t tenant.ID, s session.ID) error {
	if err := appkernel.MayOperate(by); err != nil {
		return err
	}
	if !id.Valid(string(t)) || !id.Valid(string(s)) && !s.IsSpare() {
		return fault.Missing("process")
	}
	err := a.k.DB.System(ctx, func(sys *dbkernel.System) error {
		p, err := dbconsole.Across(sys).ProcessOf(ctx, t, s)
		if err != nil {
			return err
		}
		what := "session " + string(s)
		if s.IsSpare() {
			what = "a spare without a session"
		}
		detail := fmt.Sprintf("%s, pid %d, OpenCode %s", what, p.PID, p.Version)
		if err := sys.WriteInstanceAudit(ctx, a.k.Entry(by, "end_process", string(t), detail)); err != nil {
			return err
		}
		return sys.WriteAudit(ctx, t, a.k.Entry(by, "end_process", string(t), detail))
	})
	if err != nil || a.opts.EndAgent == nil {
		return err
	}
	return a.opts.EndAgent(ctx, t, s)
}
