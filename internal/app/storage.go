package app

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// Storage reads what the team keeps, as it was last measured, with its limit.
func (a *App) Storage(ctx context.Context, by tenant.Actor) (v quota.Storage, err error) {
	err = a.read(ctx, by, tenant.ReadTeam, func(sc *dbkernel.Scope) error { v, err = dbmodels.On(sc).Storage(ctx); return err })
	return v, err
}

// StorageOf reads what a team keeps for who runs the instance.
func (a *App) StorageOf(ctx context.Context, t tenant.ID) (v quota.Storage, err error) {
	err = a.db.View(ctx, t, func(sc *dbkernel.Scope) error { v, err = dbmodels.On(sc).Storage(ctx); return err })
	return v, err
}

// NoteStorage keeps what was measured of a team's directories, with the size of its kept model calls. Above the limit the
// team's running sessions are paused: what they write is what grows.
func (a *App) NoteStorage(ctx context.Context, t tenant.ID, v quota.Storage) error {
	return a.db.Update(ctx, t, func(sc *dbkernel.Scope) (err error) {
		if v.Calls, err = dbmodels.On(sc).CallBytes(ctx); err != nil {
			return err
		}
		v.MeasuredAt = a.clock.Now()
		if err := dbmodels.On(sc).SetStorage(ctx, v); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.Hub.RingBell(hub.Team(t)) })
		return a.pauseFull(ctx, sc)
	})
}

func (a *App) pauseFull(ctx context.Context, sc *dbkernel.Scope) error {
	v, err := dbmodels.On(sc).Storage(ctx)
	if err != nil || !v.Full() {
		return err
	}
	running, _, err := dbwork.On(sc).Sessions(ctx, session.Filter{Statuses: activeStatuses, Limit: MaxPage})
	if err != nil {
		return err
	}
	why := session.Reason{Code: session.QuotaFull, Message: v.Refuse("Paused").Message}
	for _, s := range running {
		if err := a.move(ctx, sc, s, dbwork.Move{To: session.Paused, Reason: why}, system); err != nil {
			return err
		}
	}
	return nil
}

// keepable refuses what would keep more once the team's storage is full; what begins the sentence.
func keepable(ctx context.Context, sc *dbkernel.Scope, what string) error {
	v, err := dbmodels.On(sc).Storage(ctx)
	if err != nil || !v.Full() {
		return err
	}
	return v.Refuse(what)
}
