package models

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Storage reads what the team keeps, as it was last measured, with its limit.
func (a *Verbs) Storage(ctx context.Context, by tenant.Actor) (v quota.Storage, err error) {
	err = a.k.Read(ctx, by, tenant.ReadTeam, func(sc *dbkernel.Scope) error { v, err = dbmodels.On(sc).Storage(ctx); return err })
	return v, err
}

// StorageOf reads what a team keeps for who runs the instance.
func (a *Verbs) StorageOf(ctx context.Context, t tenant.ID) (v quota.Storage, err error) {
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error { v, err = dbmodels.On(sc).Storage(ctx); return err })
	return v, err
}

// Keepable refuses what would keep more once the team's storage is full; what begins the sentence.
func Keepable(ctx context.Context, sc *dbkernel.Scope, what string) error {
	v, err := dbmodels.On(sc).Storage(ctx)
	if err != nil || !v.Full() {
		return err
	}
	return v.Refuse(what)
}
