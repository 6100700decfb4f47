package people

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

func authenticatorPlace(u tenant.UserID) secret.Place {
	return secret.Place{Table: "authenticators", Row: string(u), Column: "secret"}
}

// BeginAuthenticator makes the secret of an authenticator app, which counts once ConfirmAuthenticator has seen a code of it.
func (a *Verbs) BeginAuthenticator(ctx context.Context, u user.User, l user.Login, password string) error {
	if err := a.proveAgain(ctx, u, l, password); err != nil {
		return err
	}
	sealed := a.k.Keys.Seal(authenticatorPlace(u.ID), factor.NewSecret())
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		ok, err := dbpeople.Across(s).PutAuthenticator(ctx, u.ID, sealed, a.k.Clock.Now())
		if err == nil && !ok {
			err = fault.New(fault.Conflict, "An authenticator app is on already. Turn it off before you set up another one.")
		}
		if err != nil {
			return err
		}
		return a.k.AuditPerson(ctx, s, u, "begin_authenticator", string(u.ID), "")
	})
}

// NewAuthenticator is the secret of an app that is not confirmed yet; empty when there is none. A confirmed one is never told.
func (a *Verbs) NewAuthenticator(ctx context.Context, u tenant.UserID) (plain string, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		app, found, err := dbpeople.Across(s).Authenticator(ctx, u)
		if err != nil || !found || app.ConfirmedAt != nil {
			return err
		}
		plain, err = a.k.Keys.Open(authenticatorPlace(u), app.Secret)
		return err
	})
	return plain, err
}

// ConfirmAuthenticator turns the app on with a code of it. Who had no second factor before gets recovery codes, to be shown
// this once.
func (a *Verbs) ConfirmAuthenticator(ctx context.Context, u user.User, code string) (recovery []string, err error) {
	err = a.k.DB.System(ctx, func(s *dbkernel.System) error {
		app, found, err := dbpeople.Across(s).Authenticator(ctx, u.ID)
		if err != nil {
			return err
		}
		if !found || app.ConfirmedAt != nil {
			return fault.New(fault.Conflict, "No authenticator app waits to be confirmed. Begin to set one up.")
		}
		plain, err := a.k.Keys.Open(authenticatorPlace(u.ID), app.Secret)
		if err != nil {
			return err
		}
		step, ok := factor.Match(plain, code, a.k.Clock.Now(), 0)
		if !ok {
			return fault.Field("code", "This is not the code of now. Look whether the phone's clock is right.")
		}
		if ok, err = dbpeople.Across(s).ConfirmAuthenticator(ctx, u.ID, app.Secret, step, a.k.Clock.Now()); err != nil || !ok {
			return orBegunAnew(err)
		}
		recovery, err = a.factorAdded(ctx, s, u, "confirm_authenticator", "")
		return err
	})
	return recovery, err
}

func orBegunAnew(err error) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "The set-up was begun anew elsewhere. Reload the page.")
}

// DropAuthenticator turns the app off; it takes the password and a code. With the last factor the recovery codes go.
func (a *Verbs) DropAuthenticator(ctx context.Context, u user.User, l user.Login, password, code string) error {
	if err := a.proveAgain(ctx, u, l, password); err != nil {
		return err
	}
	return beside("code", a.tried(ctx, try{u, "drop_authenticator", l.Peer, "The code does not match."},
		func(s *dbkernel.System) (bool, error) { return a.takeCode(ctx, s, u, code) },
		func(s *dbkernel.System) error {
			if err := dbpeople.Across(s).DropAuthenticator(ctx, u.ID); err != nil {
				return err
			}
			return a.factorDropped(ctx, s, u, "drop_authenticator", "")
		}))
}

// takeCode takes a code of the person's authenticator app or a recovery code, once.
func (a *Verbs) takeCode(ctx context.Context, s *dbkernel.System, u user.User, code string) (bool, error) {
	if folded := factor.FoldRecovery(code); folded != "" {
		return dbpeople.Across(s).UseRecoveryCode(ctx, u.ID, a.recoveryHash(u.ID, folded))
	}
	app, found, err := dbpeople.Across(s).Authenticator(ctx, u.ID)
	if err != nil || !found || app.ConfirmedAt == nil {
		return false, err
	}
	plain, err := a.k.Keys.Open(authenticatorPlace(u.ID), app.Secret)
	if err != nil {
		return false, err
	}
	step, ok := factor.Match(plain, code, a.k.Clock.Now(), app.LastStep)
	if !ok {
		return false, nil
	}
	return dbpeople.Across(s).TakeStep(ctx, u.ID, step)
}
