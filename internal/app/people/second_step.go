package people

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// Entry is what who has proved the first step of signing in gets: a login, or where the person has a second factor the id of a
// pending one, which can do nothing but the second step.
type Entry struct {
	user.Login
	Pending string
}

// Enter lets a person in whom a password or a link that works once has proved. Who signs in through an identity provider has
// proved there whatever it asks for.
func (a *Verbs) Enter(ctx context.Context, u user.User, peer, userAgent string) (e Entry, err error) {
	state, err := a.Factors(ctx, u.ID)
	if err != nil {
		return e, err
	}
	if !state.On() {
		e.Login, err = a.NewLogin(ctx, u, peer, userAgent)
		return e, err
	}
	e.Pending = id.New()
	return e, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := dbpeople.Across(s).AddPending(ctx, e.Pending, u.ID, a.k.Clock.Now().Add(factor.PendingLifetime)); err != nil {
			return err
		}
		return a.k.AuditPerson(ctx, s, u, "begin_sign_in", string(u.ID), "the second step is to come")
	})
}

// Pending is who has proved the first step of a pending login; Unauthenticated when it was used or took too long.
func (a *Verbs) Pending(ctx context.Context, pendingID string) (u user.User, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		u, err = dbpeople.Across(s).Pending(ctx, pendingID, a.k.Clock.Now())
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return u, stepOver()
	}
	return u, err
}

func stepOver() error {
	return fault.New(fault.Unauthenticated, "This took longer than 5 minutes. Sign in again.")
}

// SecondStep turns a pending login into a login with a code of the person's authenticator app or a recovery code. Each code
// counts once, and tries are limited like those of passwords.
func (a *Verbs) SecondStep(ctx context.Context, pendingID, code, peer, userAgent string) (l user.Login, u user.User, err error) {
	if u, err = a.Pending(ctx, pendingID); err != nil {
		return l, u, err
	}
	err = a.tried(ctx, try{u, "sign_in", peer, "The code does not match."},
		func(s *dbkernel.System) (bool, error) { return a.takeCode(ctx, s, u, code) },
		func(s *dbkernel.System) (err error) {
			l, err = a.finishStep(ctx, s, pendingID, u, peer, userAgent)
			return err
		})
	return l, u, err
}

// finishStep uses a pending login up; of two who bring a proof at once one gets in.
func (a *Verbs) finishStep(ctx context.Context, s *dbkernel.System, pendingID string, u user.User, peer, userAgent string) (user.Login, error) {
	ok, err := dbpeople.Across(s).UsePending(ctx, pendingID, a.k.Clock.Now())
	if err == nil && !ok {
		err = stepOver()
	}
	if err != nil {
		return user.Login{}, err
	}
	return a.newLogin(ctx, s, u, peer, userAgent)
}
