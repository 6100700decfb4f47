package work

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// SessionQueue says why a queued session waits and at which place; zero for others.
func (a *Verbs) SessionQueue(ctx context.Context, by tenant.Actor, s session.Session) (q session.Queue, err error) {
	if s.Status != session.Queued {
		return q, nil
	}
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(sc *dbkernel.Scope) error { q, err = a.queue(ctx, sc, by, s); return err })
	return q, err
}

// SessionQueues is SessionQueue for many at once, by their ids; only queued ones are in it.
func (a *Verbs) SessionQueues(ctx context.Context, by tenant.Actor, ss []session.Session) (qs map[session.ID]session.Queue, err error) {
	if !slices.ContainsFunc(ss, queued) {
		return nil, nil
	}
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(sc *dbkernel.Scope) error { qs, err = a.queues(ctx, sc, by, ss); return err })
	return qs, err
}

func queued(s session.Session) bool { return s.Status == session.Queued }

func (a *Verbs) queues(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, ss []session.Session) (map[session.ID]session.Queue, error) {
	h, err := a.hindrances(ctx, sc)
	if err != nil {
		return nil, err
	}
	places, err := dbwork.On(sc).QueuePlaces(ctx)
	if err != nil {
		return nil, err
	}
	qs := map[session.ID]session.Queue{}
	for _, s := range ss {
		if queued(s) {
			qs[s.ID] = a.waits(by, h, places[s.ID])
		}
	}
	return qs, nil
}

func (a *Verbs) queue(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, s session.Session) (session.Queue, error) {
	h, err := a.hindrances(ctx, sc)
	if err != nil {
		return session.Queue{}, err
	}
	place, err := dbwork.On(sc).QueuePlace(ctx, s.ID)
	if err != nil {
		return session.Queue{}, err
	}
	return a.waits(by, h, place), nil
}

// hindrances are what may keep a team's sessions in the queue.
type hindrances struct {
	limits tenant.Limits
	budget quota.Budget
	kept   quota.Storage
}

func (a *Verbs) hindrances(ctx context.Context, sc *dbkernel.Scope) (h hindrances, err error) {
	if h.limits, err = dbwork.On(sc).Limits(ctx); err != nil {
		return h, err
	}
	if h.budget, err = a.models.ThisMonth(ctx, sc); err != nil {
		return h, err
	}
	h.kept, err = dbmodels.On(sc).Storage(ctx)
	return h, err
}

// waits says why a session at a place in its team's queue is not running.
func (a *Verbs) waits(by tenant.Actor, h hindrances, place int64) session.Queue {
	l, b, kept := h.limits, h.budget, h.kept
	q := session.Queue{Position: place}
	switch {
	case !by.TenantActive:
		q.Reason = fmt.Sprintf("Place %d: this team is deactivated; an admin can reactivate it.", place)
	case b.Full():
		q.Reason = fmt.Sprintf("Place %d: waits for budget: %s", place, b.Words())
	case kept.Full():
		q.Reason = fmt.Sprintf("Place %d: waits for storage: %s", place, kept.Words())
	case l.MaxConcurrent == 0:
		q.Reason = fmt.Sprintf("Place %d: this team may run no session; an admin can change that.", place)
	case l.Running >= l.MaxConcurrent:
		q.Reason = fmt.Sprintf("Place %d: waits for a slot, %d of %d in use.", place, l.Running, l.MaxConcurrent)
	default:
		q.Reason = fmt.Sprintf("Place %d: %s", place, cmp.Or(a.HostFull(), "starts in a moment."))
	}
	return q
}

// HostFull says in a clause why this host takes no more sessions now; empty when it does. Each answer may differ from the last.
func (a *Verbs) HostFull() string {
	if a.k.Opts.HostFull == nil {
		return ""
	}
	return a.k.Opts.HostFull()
}
