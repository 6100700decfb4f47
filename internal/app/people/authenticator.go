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

// BeginAuthenticator creates the secret of an authenticator app. The app is off until ConfirmAuthenticator.
func (a *Verbs) BeginAuthenticator(ctx context.Context, u user.User, l user.Login, password string) error {
	if err := a.confirmPerson(ctx, u, l, password); err != nil {
		return err
	}
	sealed := a.k.Keys.Seal(authenticatorPlace(u.ID), factor.NewSecret())
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		ok, err := dbpeople.Across(s).PutAuthenticator(ctx, u.ID, sealed, a.k.Clock.Now())
		if err == nil && !ok {
			err = fault.New(fault.Conflict, "An authenticator app is already set up. Turn it off before you set up another one.")
		}
		if err != nil {
			return err
		}
		return a.k.AuditPerson(ctx, s, u, "begin_authenticator", string(u.ID), "")
	})
}

// NewAuthenticator returns the secret of an app that is not confirmed yet, or "" if there is none. The secret of a confirmed app is
// never returned.
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

// ConfirmAuthenticator turns the app on if code is its current one. If it is the person's first second factor, it returns recovery
// codes, which are shown once.
func (a *Verbs) ConfirmAuthenticator(ctx context.Context, u user.User, code string) (recovery []string, err error) {
	err = a.k.DB.System(ctx, func(s *dbkernel.System) error {
		app, found, err := dbpeople.Across(s).Authenticator(ctx, u.ID)
		if err != nil {
			return err
		}
		if !found || app.ConfirmedAt != nil {
			return fault.New(fault.Conflict, "There is no authenticator app to confirm. Set one up first.")
		}
		plain, err := a.k.Keys.Open(authenticatorPlace(u.ID), app.Secret)
		if err != nil {
			return err
		}
		step, ok := factor.Match(plain, code, a.k.Clock.Now(), 0)
		if !ok {
			return fault.Field("code", "This code does not match. Check that your phone's clock is correct.")
		}
		if ok, err = dbpeople.Across(s).ConfirmAuthenticator(ctx, u.ID, app.Secret, step, a.k.Clock.Now()); err != nil || !ok {
			return orRestarted(err)
		}
		recovery, err = a.finishFactor(ctx, s, u, "confirm_authenticator", "")
		return err
	})
	return recovery, err
}

// orRestarted returns err, or a Conflict if the secret was replaced in the meantime.
func orRestarted(err error) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "The app was set up again in another window. Reload the page.")
}

// DropAuthenticator turns the app off. It needs the password and a code. If it was the last second factor, the recovery codes are
// deleted.
func (a *Verbs) DropAuthenticator(ctx context.Context, u user.User, l user.Login, password, code string) error {
	if err := a.confirmPerson(ctx, u, l, password); err != nil {
		return err
	}
	return atField("code", a.checkFactor(ctx, attempt{u, "drop_authenticator", l.Peer, "The code does not match."},
		func(s *dbkernel.System) (bool, error) { return a.useCode(ctx, s, u, code) },
		func(s *dbkernel.System) error {
			if err := dbpeople.Across(s).DropAuthenticator(ctx, u.ID); err != nil {
				return err
			}
			return a.finishRemoval(ctx, s, u, "drop_authenticator", "")
		}))
}

// useCode checks a code of the person's authenticator app or a recovery code, and marks it as used.
func (a *Verbs) useCode(ctx context.Context, s *dbkernel.System, u user.User, code string) (bool, error) {
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
	return dbpeople.Across(s).UseCode(ctx, u.ID, step)
}
