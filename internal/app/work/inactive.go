package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// inactiveBatch is how many sessions of deactivated teams one run pauses at most.
const inactiveBatch = 500

// PauseInactive pauses the running sessions of deactivated teams. The verbs that deactivate a team call it, and a loop, for sessions
// that a crash left running or that were claimed at the same time.
func (a *Verbs) PauseInactive(ctx context.Context) error {
	var runs []dbkernel.SessionRef
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) {
		runs, err = dbwork.Across(s).RunningInInactiveTeams(ctx, inactiveBatch)
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range runs {
		if err := a.pauseInactive(ctx, r); err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

func (a *Verbs) pauseInactive(ctx context.Context, r dbkernel.SessionRef) error {
	return a.k.DB.Update(ctx, r.Tenant, func(sc *dbkernel.Scope) error {
		s, err := dbwork.On(sc).Session(ctx, r.ID)
		if err != nil || !s.Status.Active() {
			return err
		}
		why := session.Reason{Code: session.ByUser, Message: "Paused because an admin deactivated this team. You can resume it when the team is active again."}
		return a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Paused, Reason: why}, appkernel.System)
	})
}
