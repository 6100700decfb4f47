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

// Entry is the result of the first step of sign-in: a login or, for a person with a second factor, the ID of a pending login, which
// allows the second step only.
type Entry struct {
	user.Login
	Pending string
}

// CompleteFirstStep signs in a person who has passed the first step, by a password or a one-time link. Sign-in through an identity provider does
// not use it, because the provider checks second factors itself.
func (a *Verbs) CompleteFirstStep(ctx context.Context, u user.User, peer, userAgent string) (e Entry, err error) {
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
		return a.k.AuditPerson(ctx, s, u, "begin_sign_in", string(u.ID), "the second step is pending")
	})
}

// Pending returns the person of a pending login; Unauthenticated if it was used or has expired.
func (a *Verbs) Pending(ctx context.Context, pendingID string) (u user.User, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		u, err = dbpeople.Across(s).Pending(ctx, pendingID, a.k.Clock.Now())
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return u, errStepExpired()
	}
	return u, err
}

func errStepExpired() error {
	return fault.New(fault.Unauthenticated, "Signing in took longer than 5 minutes. Sign in again.")
}

// SecondStep turns a pending login into a login, by a code of the person's authenticator app or a recovery code. Each code works
// once, and attempts are limited like those of passwords.
func (a *Verbs) SecondStep(ctx context.Context, pendingID, code, peer, userAgent string) (l user.Login, u user.User, err error) {
	if u, err = a.Pending(ctx, pendingID); err != nil {
		return l, u, err
	}
	err = a.checkFactor(ctx, attempt{u, "sign_in", peer, "The code does not match."},
		func(s *dbkernel.System) (bool, error) { return a.useCode(ctx, s, u, code) },
		func(s *dbkernel.System) (err error) {
			l, err = a.finishStep(ctx, s, pendingID, u, peer, userAgent)
			return err
		})
	return l, u, err
}

// finishStep turns a pending login into a login. It succeeds once, also for two codes at the same time.
func (a *Verbs) finishStep(ctx context.Context, s *dbkernel.System, pendingID string, u user.User, peer, userAgent string) (user.Login, error) {
	ok, err := dbpeople.Across(s).UsePending(ctx, pendingID, a.k.Clock.Now())
	if err == nil && !ok {
		err = errStepExpired()
	}
	if err != nil {
		return user.Login{}, err
	}
	return a.newLogin(ctx, s, u, peer, userAgent)
}
