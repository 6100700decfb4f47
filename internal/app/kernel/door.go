package kernel

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Read checks the actor's right and runs fn in a read transaction of the actor's team.
func (a *Kernel) Read(ctx context.Context, by tenant.Actor, action tenant.Action, fn func(*dbkernel.Scope) error) error {
	if err := by.May(action); err != nil {
		return err
	}
	return a.DB.View(ctx, by.Tenant, fn)
}

// Write checks the actor's right and runs fn in a write transaction of the actor's team. If the request has an idempotency key, the
// transaction notes that it is carried out.
func (a *Kernel) Write(ctx context.Context, by tenant.Actor, action tenant.Action, fn func(*dbkernel.Scope) error) error {
	if err := by.May(action); err != nil {
		return err
	}
	return a.DB.Update(ctx, by.Tenant, func(s *dbkernel.Scope) error {
		if err := fn(s); err != nil {
			return err
		}
		return commitClaim(ctx, s)
	})
}

// ReadOne is Read for a single statement of an area, such as dbwork.On and dbwork.Scope.Counts.
func ReadOne[S, T any](ctx context.Context, a *Kernel, by tenant.Actor, action tenant.Action, on func(*dbkernel.Scope) S, statement func(S, context.Context) (T, error)) (v T, err error) {
	err = a.Read(ctx, by, action, func(sc *dbkernel.Scope) (err error) { v, err = statement(on(sc), ctx); return err })
	return v, err
}
