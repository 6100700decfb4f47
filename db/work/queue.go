package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

var (
	qQueuePlace = area.Scoped(`SELECT count(*) FROM sessions s, sessions me WHERE s.tenant_id = $1 AND me.tenant_id = $1 AND me.id = $2 AND me.status = 'queued'
		AND s.status = 'queued' AND s.deleted_at IS NULL AND (s.queue_key, s.id) <= (me.queue_key, me.id)`)
	qQueueOrder = area.Scoped(`SELECT id FROM sessions WHERE tenant_id = $1 AND status = 'queued' AND deleted_at IS NULL ORDER BY queue_key, id`)
)

// QueuePlace reads the place of a session in its team's queue, starting at 1; 0 if it is not queued.
func (s Scope) QueuePlace(ctx context.Context, id session.ID) (int64, error) {
	place, _, err := dbkernel.Maybe(dbkernel.Value[int64])(s.Scope.Query(ctx, qQueuePlace, id))
	return place, dbkernel.Wrap("read place in the queue", err)
}

// QueuePlaces reads the places of all queued sessions of the team, starting at 1, in one statement.
func (s Scope) QueuePlaces(ctx context.Context) (map[session.ID]int64, error) {
	order, err := dbkernel.Collect(dbkernel.Value[session.ID])(s.Scope.Query(ctx, qQueueOrder))
	if err != nil {
		return nil, dbkernel.Wrap("read the queue", err)
	}
	places := make(map[session.ID]int64, len(order))
	for i, id := range order {
		places[id] = int64(i + 1)
	}
	return places, nil
}
