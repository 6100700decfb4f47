package people

import (
	"context"
	"encoding/hex"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// freshLogin is how young a login must be to change factors where its person has no password to ask for.
const freshLogin = 15 * time.Minute

func authenticatorPlace(u tenant.UserID) secret.Place {
	return secret.Place{Table: "authenticators", Row: string(u), Column: "secret"}
}

// recoveryHash is what is stored of a recovery code: without the key outside of the database it cannot be guessed from there.
func (a *Verbs) recoveryHash(u tenant.UserID, folded string) string {
	return hex.EncodeToString(a.k.Keys.HMAC("recovery code", []byte(string(u)+" "+folded)))
}

// Factors reads what a person has set up beside a password.
func (a *Verbs) Factors(ctx context.Context, u tenant.UserID) (f factor.State, err error) {
	return f, a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) { f, err = factorsOf(ctx, s, u); return err })
}

func factorsOf(ctx context.Context, s *dbkernel.System, u tenant.UserID) (f factor.State, err error) {
	app, _, err := dbpeople.Across(s).Authenticator(ctx, u)
	if err != nil {
		return f, err
	}
	f.AppSince = app.ConfirmedAt
	if f.Recovery, err = dbpeople.Across(s).CountRecoveryCodes(ctx, u); err != nil {
		return f, err
	}
	f.Passkeys, err = dbpeople.Across(s).Passkeys(ctx, u)
	return f, err
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
	return plain, a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		app, found, err := dbpeople.Across(s).Authenticator(ctx, u)
		if err != nil || !found || app.ConfirmedAt != nil {
			return err
		}
		plain, err = a.k.Keys.Open(authenticatorPlace(u), app.Secret)
		return err
	})
}

// ConfirmAuthenticator turns the app on with a code of it. Who had no second factor before gets recovery codes, to be shown
// this once.
func (a *Verbs) ConfirmAuthenticator(ctx context.Context, u user.User, code string) (recovery []string, err error) {
	return recovery, a.k.DB.System(ctx, func(s *dbkernel.System) error {
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
}

func orBegunAnew(err error) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "The set-up was begun anew elsewhere. Reload the page.")
}

// factorAdded writes a new factor down and gives the person recovery codes where there are none yet.
func (a *Verbs) factorAdded(ctx context.Context, s *dbkernel.System, u user.User, verb, detail string) (recovery []string, err error) {
	if err := a.k.AuditPerson(ctx, s, u, verb, string(u.ID), detail); err != nil {
		return nil, err
	}
	what := "an authenticator app"
	if detail != "" {
		what = "the passkey “" + detail + "”"
	}
	if err := a.postPerson(ctx, s, letter.Letter{Kind: letter.NewFactor, User: u.ID, Path: "/account/factors", Data: letter.Data{What: what}}); err != nil {
		return nil, err
	}
	n, err := dbpeople.Across(s).CountRecoveryCodes(ctx, u.ID)
	if err != nil || n > 0 {
		return nil, err
	}
	return a.putRecoveryCodes(ctx, s, u.ID)
}

func (a *Verbs) putRecoveryCodes(ctx context.Context, s *dbkernel.System, u tenant.UserID) ([]string, error) {
	codes := factor.NewRecoveryCodes()
	hashes := make([]string, len(codes))
	for i, c := range codes {
		hashes[i] = a.recoveryHash(u, factor.FoldRecovery(c))
	}
	return codes, dbpeople.Across(s).PutRecoveryCodes(ctx, u, hashes)
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

func (a *Verbs) factorDropped(ctx context.Context, s *dbkernel.System, u user.User, verb, detail string) error {
	f, err := factorsOf(ctx, s, u.ID)
	if err != nil {
		return err
	}
	if !f.On() {
		if err := dbpeople.Across(s).PutRecoveryCodes(ctx, u.ID, nil); err != nil {
			return err
		}
	}
	return a.k.AuditPerson(ctx, s, u, verb, string(u.ID), detail)
}

// RenewRecoveryCodes makes ten new recovery codes, to be shown this once; the earlier ones stop working.
func (a *Verbs) RenewRecoveryCodes(ctx context.Context, u user.User, l user.Login, password string) (codes []string, err error) {
	if err := a.proveAgain(ctx, u, l, password); err != nil {
		return nil, err
	}
	return codes, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		f, err := factorsOf(ctx, s, u.ID)
		if err == nil && !f.On() {
			err = fault.New(fault.Conflict, "Recovery codes stand in for a second factor, and you have none yet.")
		}
		if err != nil {
			return err
		}
		if codes, err = a.putRecoveryCodes(ctx, s, u.ID); err != nil {
			return err
		}
		return a.k.AuditPerson(ctx, s, u, "renew_recovery_codes", string(u.ID), "")
	})
}

// proveAgain asks for the password before factors change, so that a browser left open is not enough; of who has none, that
// the login is young. Tries are limited like those of signing in.
func (a *Verbs) proveAgain(ctx context.Context, u user.User, l user.Login, password string) error {
	if u.PasswordHash == "" || a.Enforced() {
		if a.k.Clock.Now().Sub(l.CreatedAt) > freshLogin {
			return fault.New(fault.Forbidden, "Sign out and in again first: this login is older than 15 minutes.")
		}
		return nil
	}
	keys := []string{"account:" + user.Fold(u.Email), "peer:" + l.Peer}
	if err := a.paused(ctx, keys); err != nil {
		return beside("password", err)
	}
	if !user.Verify(password, u.PasswordHash) {
		return beside("password", a.miss(ctx, try{u, "change_factors", l.Peer, "The password does not match."}, keys))
	}
	return beside("password", a.paused(ctx, keys))
}

// beside puts a miss beside the input it is about.
func beside(field string, err error) error {
	if f, ok := err.(*fault.Error); ok {
		return About(field, f)
	}
	return err
}

// ClearFactors removes every factor of a person who has lost them, and ends the person's logins: an operator's act, written
// into the log of each of the person's teams. The password stays.
func (a *Verbs) ClearFactors(ctx context.Context, by tenant.Actor, u tenant.UserID) error {
	return a.onPerson(ctx, by, u, "clear_factors", func(s *dbkernel.System) error {
		if _, err := dbpeople.Across(s).User(ctx, u); err != nil {
			return err
		}
		if err := dbpeople.Across(s).DropAuthenticator(ctx, u); err != nil {
			return err
		}
		if err := dbpeople.Across(s).DropPasskeys(ctx, u); err != nil {
			return err
		}
		if err := dbpeople.Across(s).PutRecoveryCodes(ctx, u, nil); err != nil {
			return err
		}
		return dbpeople.Across(s).DeleteLogins(ctx, u, "")
	})
}
