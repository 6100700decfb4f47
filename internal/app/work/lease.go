package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// Lease is the right to write for one attempt: Token is new with every claim, so a stale writer is refused.
type Lease struct {
	Tenant  tenant.ID
	Session session.ID
	Attempt int
	Token   string
}

// withLease runs fn in the lease's scope if the lease still holds; otherwise it returns a Conflict.
func (a *Verbs) withLease(ctx context.Context, l Lease, fn func(*dbkernel.Scope) error) error {
	return a.k.DB.Update(ctx, l.Tenant, func(sc *dbkernel.Scope) error {
		if err := dbwork.On(sc).ExtendLease(ctx, l.Session, l.Attempt, l.Token, time.Time{}); err != nil {
			return err
		}
		return fn(sc)
	})
}

// ExtendLease extends the lease until a time; Conflict if the lease no longer holds.
func (a *Verbs) ExtendLease(ctx context.Context, l Lease, until time.Time) error {
	return a.k.DB.Update(ctx, l.Tenant, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).ExtendLease(ctx, l.Session, l.Attempt, l.Token, until)
	})
}

// Release releases the lease; it is no error if it was released before.
func (a *Verbs) Release(ctx context.Context, l Lease) error {
	return a.k.DB.Update(ctx, l.Tenant, func(sc *dbkernel.Scope) error { return dbwork.On(sc).ReleaseLease(ctx, l.Session, l.Token) })
}

// TakeOver moves an expired lease to this server, with a new token; Conflict if its holder renewed it or another server took it.
func (a *Verbs) TakeOver(ctx context.Context, l Lease, instance string, until time.Time) (Lease, error) {
	token := instance + "/" + id.New()
	err := a.k.DB.Update(ctx, l.Tenant, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).TakeOverLease(ctx, l.Session, l.Token, token, a.k.Clock.Now(), until)
	})
	l.Token = token
	return l, err
}

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
