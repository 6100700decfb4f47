package work

import (
	"context"

	dbagents "github.com/industrial-orchestrator/orchestrator/db/agents"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// place returns the place that a move gave up, or takes the one that it needs. A session whose agent has none free waits in the queue.
func (a *Verbs) place(ctx context.Context, sc *dbkernel.Scope, id session.ID, p dbwork.Placing) error {
	if p.Returns {
		sc.AfterCommit(func() { a.k.Hub.RingBell(appkernel.Queue) }) // somebody may wait for it
		return dbagents.On(sc).ReturnPlace(ctx, p.Agent)
	}
	if !p.Wants {
		return nil
	}
	ok, err := dbagents.On(sc).TakePlace(ctx, p.Agent, a.k.Clock.Now())
	if err != nil || !ok {
		return err
	}
	return dbwork.On(sc).GivePlace(ctx, id)
}

// placeBatch limits how many sessions one pass gives a place.
const placeBatch = 100

// FillPlaces gives places that became free to the sessions that wait for them, first those that wait longest.
func (a *Verbs) FillPlaces(ctx context.Context) error {
	var waiting []dbkernel.SessionRef
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) {
		waiting, err = dbwork.Across(s).Placeless(ctx, a.k.Clock.Now(), placeBatch)
		return err
	})
	for _, w := range waiting {
		if err := a.fillPlace(ctx, w); err != nil {
			return err
		}
	}
	return err
}

func (a *Verbs) fillPlace(ctx context.Context, w dbkernel.SessionRef) error {
	return a.k.DB.Update(ctx, w.Tenant, func(sc *dbkernel.Scope) error {
		agent, ok, err := dbwork.On(sc).LockPlaceless(ctx, w.ID)
		if err != nil || !ok {
			return err
		}
		if err := dbwork.On(sc).LockQueue(ctx); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.ringSession(w.Tenant, w.ID) })
		return a.place(ctx, sc, w.ID, dbwork.Placing{Agent: agent, Wants: true})
	})
}
