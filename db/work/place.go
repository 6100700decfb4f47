package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// A queued session whose agent has no free place is placeless: it cannot be claimed. lanes.placeless counts those of a team.
var (
	qAddPlaceless  = area.Scoped(`UPDATE main.lanes SET placeless = placeless + $2 WHERE tenant_id = $1`)
	qLockQueue     = area.ScopedLocked(`SELECT placeless FROM lanes WHERE tenant_id = $1`, "FOR NO KEY UPDATE")
	qLockPlaceless = area.ScopedLocked(`SELECT agent_id FROM sessions WHERE tenant_id = $1 AND id = $2 AND status = 'queued' AND agent_id <> '' AND agent_place = 0 AND deleted_at IS NULL`,
		"FOR NO KEY UPDATE")
	qGivePlace = area.Scoped(`UPDATE main.sessions SET agent_place = 1, version = version + 1 WHERE tenant_id = $1 AND id = $2 AND status = 'queued' AND agent_place = 0`)
	qPlaceless = area.CrossTenant(reasonDispatch, `SELECT s.tenant_id, s.id FROM sessions s JOIN agents a ON a.tenant_id = s.tenant_id AND a.id = s.agent_id
		WHERE s.status = 'queued' AND s.agent_id <> '' AND s.agent_place = 0 AND s.deleted_at IS NULL AND a.status = 'active' AND a.deleted_at IS NULL
		AND a.taken_places < a.max_places AND (a.maintenance_until IS NULL OR a.maintenance_until <= $1) ORDER BY s.queue_key, s.id LIMIT $2`)
)

// Placing is what a move does about the place of the session's agent. The caller acts on it in the same transaction, after the move: all
// then lock the session, the team's queue and the agent in this order.
type Placing struct {
	Agent agent.ID
	// Returns is true if the session held a place and holds none after the move; Wants if it is queued and needs one.
	Returns, Wants bool
	placeless      int64
}

func placingOf(row movedRow, had int64, m Move) Placing {
	if row.agent == "" {
		return Placing{}
	}
	was := m.From == session.Queued && had == 0
	is := m.To == session.Queued && row.place == 0
	return Placing{Agent: row.agent, Returns: had == 1 && row.place == 0, Wants: is, placeless: dbkernel.Bit(is) - dbkernel.Bit(was)}
}

func (s Scope) addPlaceless(ctx context.Context, n int64) error {
	if n == 0 {
		return nil
	}
	_, err := s.Scope.Exec(ctx, qAddPlaceless, n)
	return dbkernel.Wrap("count sessions without a place", err)
}

// LockQueue locks the team's queue, so that no place of its agents is taken until the transaction ends.
func (s Scope) LockQueue(ctx context.Context) error {
	_, err := dbkernel.First("team", dbkernel.Value[int64])(s.Scope.Query(ctx, qLockQueue))
	return err
}

// LockPlaceless locks a queued session that has no place of its agent; ok is false if it is none.
func (s Scope) LockPlaceless(ctx context.Context, id session.ID) (a agent.ID, ok bool, err error) {
	return dbkernel.Maybe(dbkernel.Value[agent.ID])(s.Scope.Query(ctx, qLockPlaceless, id))
}

// GivePlace gives a queued session the place that was taken for it.
func (s Scope) GivePlace(ctx context.Context, id session.ID) error {
	if err := s.Scope.ExecOne(ctx, "session", qGivePlace, id); err != nil {
		return err
	}
	if err := s.logChange(ctx, id, "place", 0, 0); err != nil {
		return err
	}
	return s.addPlaceless(ctx, -1)
}

// Placeless reads queued sessions without a place whose agent has a free one at now, the first in the queue first.
func (s System) Placeless(ctx context.Context, now time.Time, limit int) ([]dbkernel.SessionRef, error) {
	return dbkernel.Collect(dbkernel.ScanRef)(s.System.Query(ctx, qPlaceless, dbkernel.Millis(now), limit))
}
