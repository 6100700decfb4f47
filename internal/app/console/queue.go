package console

import (
	"context"
	"fmt"

	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
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
