package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// ResetLifetime is how long a reset link works.
const ResetLifetime = 24 * time.Hour

// ResetPerson ends a person's logins, removes the password and returns the token of a link that sets a new one, once, within 24 hours.
// It is written to the audit log of each of the person's teams.
func (a *Verbs) ResetPerson(ctx context.Context, by tenant.Actor, u tenant.UserID) (token string, err error) {
	if err := a.CheckPasswordsAllowed(); err != nil {
		return "", err
	}
	token, hash := NewLinkToken()
	return token, a.onPerson(ctx, by, u, "reset_person", func(s *dbkernel.System) error {
		who, err := dbpeople.Across(s).User(ctx, u)
		if err != nil {
			return err
		}
		if !who.Active {
			return fault.New(fault.Conflict, "%s is deactivated. Activate the user first.", who.Email)
		}
		ends := a.k.Clock.Now().Add(ResetLifetime)
		if err := dbpeople.Across(s).PutResetLink(ctx, u, hash, ends); err != nil {
			return err
		}
		if err := a.postPerson(ctx, s, letter.Letter{Kind: letter.Reset, User: u, Path: "/reset/", Token: token, Data: letter.Data{Until: formatTime(ends)}}); err != nil {
			return err
		}
		// The reset may be needed because someone else knows the old password.
		if err := dbpeople.Across(s).SetPassword(ctx, u, ""); err != nil {
			return err
		}
		if err := dbpeople.Across(s).DropBrowsers(ctx, u); err != nil {
			return err
		}
		return dbpeople.Across(s).DeleteLogins(ctx, u, "")
	})
}

// ResetLinkPerson returns the person whose password a reset link sets. Used, expired and unknown links return the same fault.
func (a *Verbs) ResetLinkPerson(ctx context.Context, token string) (u user.User, err error) {
	if err := a.CheckPasswordsAllowed(); err != nil {
		return u, err
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		u, err = dbpeople.Across(s).ResetUser(ctx, hashToken(token), a.k.Clock.Now())
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return u, errResetLinkExpired()
	}
	return u, err
}

func errResetLinkExpired() error {
	return fault.New(fault.Forbidden, "This link has been used or is older than 24 hours. An admin of this server can create a new one.")
}

// SetNewPassword sets the password with a reset link and ends every login that was created in the meantime. The link stops working.
// API tokens keep working unless revokeTokens is set.
func (a *Verbs) SetNewPassword(ctx context.Context, token, password string, revokeTokens bool) (u user.User, err error) {
	if u, err = a.ResetLinkPerson(ctx, token); err != nil {
		return u, err
	}
	if err := user.CheckPassword(password, u.Email); err != nil {
		return u, err
	}
	hash, err := user.HashPassword(password)
	if err != nil {
		return u, err
	}
	return u, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		ok, err := dbpeople.Across(s).UseResetLink(ctx, hashToken(token), a.k.Clock.Now())
		if err != nil {
			return err
		}
		if !ok {
			return errResetLinkExpired()
		}
		if err := dbpeople.Across(s).SetPassword(ctx, u.ID, hash); err != nil {
			return err
		}
		if err := dbpeople.Across(s).ClearAccount(ctx, accountKey(u.Email)); err != nil {
			return err
		}
		if err := dbpeople.Across(s).DeleteLogins(ctx, u.ID, ""); err != nil {
			return err
		}
		if revokeTokens {
			if err := a.revokeAllTokens(ctx, s, u); err != nil {
				return err
			}
			s.AfterCommit(func() { a.ringPerson(u.ID) })
		}
		if err := a.postPerson(ctx, s, letter.Letter{Kind: letter.PasswordChanged, User: u.ID}); err != nil {
			return err
		}
		return a.k.AuditPerson(ctx, s, u, "set_new_password", string(u.ID), "with a reset link; signed out everywhere")
	})
}
