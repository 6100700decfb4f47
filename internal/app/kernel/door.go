package kernel

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// Read runs fn in a reading scope of the actor's team after the role was checked.
func (a *Kernel) Read(ctx context.Context, by tenant.Actor, action tenant.Action, fn func(*dbkernel.Scope) error) error {
	if err := by.May(action); err != nil {
		return err
	}
	return a.DB.View(ctx, by.Tenant, fn)
}

// Write runs fn in a writing scope of the actor's team after the role was checked.
func (a *Kernel) Write(ctx context.Context, by tenant.Actor, action tenant.Action, fn func(*dbkernel.Scope) error) error {
	if err := by.May(action); err != nil {
		return err
	}
	return a.DB.Update(ctx, by.Tenant, fn)
}

// CheckID answers the one 404 for an id that is none.
func CheckID(noun, s string) error {
	if !id.Valid(s) {
		return fault.Missing(noun)
	}
	return nil
}
