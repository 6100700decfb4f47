package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// TakeSpare makes the spare's process, and its key at the gateway, those of a session of the same team. From then on the key works for
// this session and no other.
func (a *Verbs) TakeSpare(ctx context.Context, t tenant.ID, spare, s session.ID) error {
	p, ok, err := a.Process(ctx, t, spare)
	if err == nil && !ok {
		err = fault.Missing("spare")
	}
	if err != nil {
		return err
	}
	password := a.k.Keys.Seal(processPlace(t, s), p.Password)
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).TakeProcess(ctx, spare, s, a.opts.Instance, password)
	})
}
