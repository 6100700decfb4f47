package models

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Storage returns the team's use of storage, as last measured, with its limit.
func (a *Verbs) Storage(ctx context.Context, by tenant.Actor) (quota.Storage, error) {
	return appkernel.ReadOne(ctx, a.k, by, tenant.ReadTeam, dbmodels.On, dbmodels.Scope.Storage)
}

// StorageOf returns a team's use of storage, for the console.
func (a *Verbs) StorageOf(ctx context.Context, t tenant.ID) (v quota.Storage, err error) {
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error { v, err = dbmodels.On(sc).Storage(ctx); return err })
	return v, err
}

// CheckStorage returns a fault if the team's storage is full; what starts its message, such as "Not started".
func CheckStorage(ctx context.Context, sc *dbkernel.Scope, what string) error {
	v, err := dbmodels.On(sc).Storage(ctx)
	if err != nil || !v.Full() {
		return err
	}
	return v.Refuse(what)
}
