package work

import (
	"context"
	"fmt"
	"slices"

	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"

	dbagents "github.com/industrial-orchestrator/orchestrator/db/agents"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// SessionQueue returns a queued session's place in the queue and why it waits; zero for a session that is not queued.
func (a *Verbs) SessionQueue(ctx context.Context, by tenant.Actor, s session.Session) (q session.Queue, err error) {
	if s.Status != session.Queued {
		return q, nil
	}
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(sc *dbkernel.Scope) error { q, err = a.readQueue(ctx, sc, by, s); return err })
	return q, err
}

// SessionQueues returns what SessionQueue returns, for many sessions at once. The map has only the queued ones.
func (a *Verbs) SessionQueues(ctx context.Context, by tenant.Actor, ss []session.Session) (qs map[session.ID]session.Queue, err error) {
	if !slices.ContainsFunc(ss, isQueued) {
		return nil, nil
	}
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(sc *dbkernel.Scope) error { qs, err = a.readQueues(ctx, sc, by, ss); return err })
	return qs, err
}

func isQueued(s session.Session) bool { return s.Status == session.Queued }

func (a *Verbs) readQueues(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, ss []session.Session) (map[session.ID]session.Queue, error) {
	state, err := a.readQueueState(ctx, sc, by)
	if err != nil {
		return nil, err
	}
	places, err := dbwork.On(sc).QueuePlaces(ctx)
	if err != nil {
		return nil, err
	}
	qs := map[session.ID]session.Queue{}
	for _, s := range ss {
		if isQueued(s) {
			qs[s.ID] = a.queueAt(places[s.ID], state)
			if needsPlace(s) {
				qs[s.ID] = waitsForAgent(qs[s.ID].Position, s.AgentName+" takes no more work now.")
			}
		}
	}
	return qs, nil
}

func (a *Verbs) readQueue(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, s session.Session) (session.Queue, error) {
	state, err := a.readQueueState(ctx, sc, by)
	if err != nil {
		return session.Queue{}, err
	}
	place, err := dbwork.On(sc).QueuePlace(ctx, s.ID)
	if err != nil {
		return session.Queue{}, err
	}
	if needsPlace(s) {
		v, err := dbagents.On(sc).Agent(ctx, s.AgentID)
		if fault.Is(err, fault.NotFound) {
			return waitsForAgent(place, s.AgentName+" was deleted. Cancel the session and create another one."), nil
		}
		return waitsForAgent(place, v.Hindrance(a.k.Clock.Now())), err
	}
	return a.queueAt(place, state), nil
}

func needsPlace(s session.Session) bool { return s.AgentID != "" && !s.HasPlace }

func waitsForAgent(place int64, why string) session.Queue {
	return session.Queue{Position: place, Reason: fmt.Sprintf("Place %d: waiting for its agent: %s", place, why)}
}

func (a *Verbs) queueAt(place int64, state QueueState) session.Queue {
	return session.Queue{Position: place, Reason: fmt.Sprintf("Place %d: %s", place, a.QueueReason(state))}
}

// QueueState is everything about a team that can keep its sessions in the queue.
type QueueState struct {
	TenantActive           bool
	Budget                 quota.Budget
	Storage                quota.Storage
	MaxConcurrent, Running int64
}

func (a *Verbs) readQueueState(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor) (q QueueState, err error) {
	q.TenantActive = by.TenantActive
	limits, err := dbpeople.On(sc).Limits(ctx)
	if err != nil {
		return q, err
	}
	q.MaxConcurrent, q.Running = int64(limits.MaxConcurrent), int64(limits.Running)
	if q.Budget, err = a.models.ThisMonth(ctx, sc); err != nil {
		return q, err
	}
	q.Storage, err = dbmodels.On(sc).Storage(ctx)
	return q, err
}

// QueueReason returns why the first session in a team's queue has not started, in text that continues a sentence. The pages of the
// team and of the console show the same reason.
func (a *Verbs) QueueReason(q QueueState) string {
	switch {
	case !q.TenantActive:
		return "the team is deactivated. An admin can activate it."
	case q.Budget.Full():
		return "waiting for budget: " + q.Budget.Words()
	case q.Storage.Full():
		return "waiting for storage: " + q.Storage.Words()
	case q.MaxConcurrent == 0:
		return "the team's limit is 0 running sessions. An admin can raise it."
	case q.Running >= q.MaxConcurrent:
		return fmt.Sprintf("waiting for a slot: %d of %d in use.", q.Running, q.MaxConcurrent)
	}
	if why := a.HostFull(); why != "" {
		return why
	}
	if alive := a.k.Opts.DispatcherAlive; alive != nil && !alive() {
		return "waiting for the dispatcher, which has not checked the queue recently."
	}
	return "starts in a moment."
}

// HostFull returns a clause that explains why this host starts no more sessions now, or "" if it does. Two calls in a row may return
// different answers.
func (a *Verbs) HostFull() string {
	if a.k.Opts.HostFull == nil {
		return ""
	}
	return a.k.Opts.HostFull()
}
