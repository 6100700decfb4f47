package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// timelineStates bounds how many moves of one session are told.
const timelineStates = 500

// Timeline reads the moves of a session, the newest 500 ascending, and the agent's plan as it stands now, however long ago they
// were written down.
func (a *Verbs) Timeline(ctx context.Context, by tenant.Actor, id session.ID) (states []event.Event, todo []event.TodoItem, err error) {
	err = a.inside(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		if states, err = dbwork.On(sc).EventsOfType(ctx, id, event.SessionState, timelineStates); err != nil {
			return err
		}
		plans, err := dbwork.On(sc).EventsOfType(ctx, id, event.AgentTodo, 1)
		if err != nil {
			return err
		}
		for _, p := range plans {
			todo = event.Decode[event.Todo](p).Items
		}
		return nil
	})
	return states, todo, err
}
