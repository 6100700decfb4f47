package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// NoteStorage stores the measured size of a team's directories and stored model calls. If the limit is exceeded, it pauses the team's
// running sessions, because they write more.
func (a *Verbs) NoteStorage(ctx context.Context, t tenant.ID, v quota.Storage) error {
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) (err error) {
		if v.Calls, err = dbmodels.On(sc).CallBytes(ctx); err != nil {
			return err
		}
		v.MeasuredAt = a.k.Clock.Now()
		if err := dbmodels.On(sc).SetStorage(ctx, v); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.k.Hub.RingBell(hub.Team(t)) })
		return a.pauseIfFull(ctx, sc)
	})
}

func (a *Verbs) pauseIfFull(ctx context.Context, sc *dbkernel.Scope) error {
	v, err := dbmodels.On(sc).Storage(ctx)
	if err != nil || !v.Full() {
		return err
	}
	running, _, err := dbwork.On(sc).Sessions(ctx, session.Filter{Statuses: activeStatuses, Limit: appkernel.MaxPage})
	if err != nil {
		return err
	}
	why := session.Reason{Code: session.QuotaFull, Message: v.Refuse("Paused").Message}
	for _, s := range running {
		if err := a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Paused, Reason: why}, appkernel.System); err != nil {
			return err
		}
	}
	return nil
}
