package work

import (
	"context"
	"slices"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

var qEventsOfType = area.Scoped(eventColumns + ` AND type = $3 ORDER BY seq DESC LIMIT $4`)

// EventsOfType reads the newest events of one type; it returns them ascending.
func (s Scope) EventsOfType(ctx context.Context, id session.ID, t event.Type, limit int) ([]event.Event, error) {
	evs, err := dbkernel.Collect(scanEvent)(s.Scope.Query(ctx, qEventsOfType, id, t, limit))
	if err != nil {
		return nil, dbkernel.Wrap("read events of a type", err)
	}
	slices.Reverse(evs)
	return evs, nil
}
