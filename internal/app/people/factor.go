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

// maxLoginAge is how old a login may be when a person without a password changes second factors.
const maxLoginAge = 15 * time.Minute

// Factors returns a person's second factors.
func (a *Verbs) Factors(ctx context.Context, u tenant.UserID) (f factor.State, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) { f, err = readFactors(ctx, s, u); return err })
	return f, err
}

func readFactors(ctx context.Context, s *dbkernel.System, u tenant.UserID) (f factor.State, err error) {
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

// finishFactor audits and reports a new factor, and creates recovery codes if the person has none.
func (a *Verbs) finishFactor(ctx context.Context, s *dbkernel.System, u user.User, verb, detail string) (recovery []string, err error) {
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

// finishRemoval audits the removal of a factor, and deletes the recovery codes if it was the last one.
func (a *Verbs) finishRemoval(ctx context.Context, s *dbkernel.System, u user.User, verb, detail string) error {
	f, err := readFactors(ctx, s, u.ID)
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

// confirmPerson checks the password before second factors change, so that an unattended browser is not enough. A person without a
// password needs a recent login. Attempts are limited like those at sign-in.
func (a *Verbs) confirmPerson(ctx context.Context, u user.User, l user.Login, password string) error {
	if u.PasswordHash == "" || a.Enforced() {
		if a.k.Clock.Now().Sub(l.CreatedAt) > maxLoginAge {
			return fault.New(fault.Forbidden, "This action requires a recent sign-in, and you signed in more than 15 minutes ago. Sign out, sign in again and retry.")
		}
		return nil
	}
	return a.checkOwnPassword(ctx, u, "change_factors", "password", password, "The password does not match.")
}

// atField returns a fault that is shown at a field of a form, and every other error unchanged.
func atField(field string, err error) error {
	if f, ok := err.(*fault.Error); ok {
		return appkernel.AtField(field, f)
	}
	return err
}

// ClearFactors removes all second factors of a person who has lost them, and ends the person's logins. The password is kept. It is
// written to the audit log of each of the person's teams.
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
