package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// freshLogin is how young a login must be to change factors where its person has no password to ask for.
const freshLogin = 15 * time.Minute

// Factors reads what a person has set up beside a password.
func (a *Verbs) Factors(ctx context.Context, u tenant.UserID) (f factor.State, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) { f, err = factorsOf(ctx, s, u); return err })
	return f, err
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
		return appkernel.AtField(field, f)
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
