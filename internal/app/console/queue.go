package console

import (
	"context"
	"strings"

	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// queueRows is how many teams the page of queues lists: those with the longest queues.
const queueRows = 500

// InstanceQueues returns each team's running and queued sessions with the reason why they wait, and the number of paused sessions by
// reason. It returns no content of sessions.
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
		if qs[i].Reason, err = a.queueReason(ctx, qs[i]); err != nil {
			return nil, nil, err
		}
	}
	return qs, ps, nil
}

// queueReason returns why the first session in a team's queue has not started, as a sentence; "" for an empty queue.
func (a *Verbs) queueReason(ctx context.Context, q instance.Queue) (string, error) {
	if q.Queued == 0 {
		return "", nil
	}
	storage, err := a.models.StorageOf(ctx, q.Tenant)
	if err != nil {
		return "", err
	}
	why := a.work.QueueReason(appwork.QueueState{TenantActive: q.Active, Budget: q.Budget, Storage: storage,
		MaxConcurrent: q.MaxConcurrent, Running: q.Running + q.Degraded})
	return strings.ToUpper(why[:1]) + why[1:], nil
}
