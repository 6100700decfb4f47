package console

import (
	"context"
	"fmt"

	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// queueRows is how many teams the page of queues names: those with the longest queues.
const queueRows = 500

// InstanceQueues lists what each team runs and waits for and why, and counts what is paused by reason: figures and reasons without content.
func (a *Verbs) InstanceQueues(ctx context.Context, by tenant.Actor) (qs []instance.Queue, ps []instance.Pause, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return nil, nil, err
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		if qs, err = dbconsole.Across(s).QueueRows(ctx, quota.MonthOf(a.k.Clock.Now()), queueRows); err != nil {
			return err
		}
		ps, err = dbconsole.Across(s).Pauses(ctx)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	for i := range qs {
		qs[i].Reason = a.whyQueued(qs[i])
	}
	return qs, ps, nil
}

// whyQueued is why the first of a team's queue has not started: the same reasons as the team's own pages give.
func (a *Verbs) whyQueued(q instance.Queue) string {
	running := q.Running + q.Degraded
	switch {
	case q.Queued == 0:
		return ""
	case !q.Active:
		return "The team is deactivated."
	case q.Budget.Full():
		return "Waits for budget: " + q.Budget.Words()
	case q.MaxConcurrent == 0:
		return "This team may run no session."
	case running >= q.MaxConcurrent:
		return fmt.Sprintf("Waits for a slot, %d of %d in use.", running, q.MaxConcurrent)
	}
	if why := a.work.HostFull(); why != "" {
		return "Waits for the host: " + why
	}
	if a.k.Opts.DispatcherAlive != nil && !a.k.Opts.DispatcherAlive() {
		return "The dispatcher has not looked at the queue lately."
	}
	return "Starts in a moment."
}

// InstanceProcesses lists the OpenCode processes of all teams with what is measured of them now.
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

// EndProcess ends a team's OpenCode with all it started. Its sessions are taken up again by themselves, as after a crash. The team
// reads in its own audit log who did it.
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

// Jobs tells how each loop of this server has gone since its start.
func (a *Verbs) Jobs(_ context.Context, by tenant.Actor) ([]instance.Job, error) {
	if err := appkernel.MayOperate(by); err != nil || a.opts.Jobs == nil {
		return nil, err
	}
	return a.opts.Jobs(), nil
}
