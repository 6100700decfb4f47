package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

var (
	qTakeProcess = area.Scoped(`UPDATE main.agent_processes SET session_id = $3, password = $4 WHERE tenant_id = $1 AND session_id = $2 AND room = $2 AND node = $5`)
	qTakeKey     = area.Scoped(`UPDATE main.gateway_keys SET session_id = $3 WHERE tenant_id = $1 AND session_id = $2`)
	qTaker       = area.Scoped(`SELECT session_id FROM agent_processes WHERE tenant_id = $1 AND room = $2 AND session_id <> room ORDER BY node LIMIT 1`)
)

// TakeProcess gives a session the spare's process and its key at the gateway, in place of what the session had on this node. password is
// the process's, sealed for its new owner. Missing if there is no such spare.
func (s Scope) TakeProcess(ctx context.Context, spare, id session.ID, node, password string) error {
	if err := s.DeleteProcess(ctx, id, node); err != nil {
		return err
	}
	n, err := s.Scope.Exec(ctx, qTakeProcess, spare, id, password, node)
	if err == nil && n == 0 {
		return fault.Missing("spare")
	}
	if err == nil {
		_, err = s.Scope.Exec(ctx, qTakeKey, spare, id)
	}
	return dbkernel.Wrap("take over a spare", err)
}

// Taker reads which session has taken over a spare whose process is stored; Missing if none has.
func (s Scope) Taker(ctx context.Context, spare session.ID) (session.ID, error) {
	return dbkernel.First("spare", dbkernel.Value[session.ID])(s.Scope.Query(ctx, qTaker, spare))
}
