package people

import (
	"context"
	"strings"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// NewPassword is the form for a new password. API tokens keep working unless RevokeTokens is set.
type NewPassword struct {
	Current, New string
	RevokeTokens bool
}

// ChangePassword replaces u's password and ends u's other logins.
func (a *Verbs) ChangePassword(ctx context.Context, u user.User, keepLogin string, f NewPassword) error {
	if err := a.CheckPasswordsAllowed(); err != nil {
		return err
	}
	if err := a.checkOwnPassword(ctx, u, "change_password", "old_password", f.Current, "This is not your current password."); err != nil {
		return orInvalid("old_password", err)
	}
	if err := user.CheckPassword(f.New, u.Email); err != nil {
		return err
	}
	hash, err := user.HashPassword(f.New)
	if err != nil {
		return err
	}
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		s.AfterCommit(func() { a.ringPerson(u.ID) })
		if err := dbpeople.Across(s).SetPassword(ctx, u.ID, hash); err != nil {
			return err
		}
		if err := dbpeople.Across(s).DeleteLogins(ctx, u.ID, keepLogin); err != nil {
			return err
		}
		if f.RevokeTokens {
			if err := a.revokeAllTokens(ctx, s, u); err != nil {
				return err
			}
		}
		if err := a.postPerson(ctx, s, letter.Letter{Kind: letter.PasswordChanged, User: u.ID}); err != nil {
			return err
		}
		return a.k.AuditPerson(ctx, s, u, "change_password", string(u.ID), "signed out all other browsers")
	})
}

// orInvalid returns err, and a wrong answer in a field as invalid input: the person is signed in.
func orInvalid(field string, err error) error {
	if fault.Is(err, fault.Unauthenticated) {
		return fault.Field(field, "%s", err.Error())
	}
	return err
}

// SetProfile changes u's name, theme (dark, light or system) and time zone (an IANA name, or "" for the browser's).
func (a *Verbs) SetProfile(ctx context.Context, u user.User, name, theme, timeZone string) error {
	u.Name = strings.TrimSpace(name)
	if err := u.Check(); err != nil {
		return err
	}
	if theme != "dark" && theme != "light" && theme != "system" {
		return fault.Field("theme", "The theme must be dark, light or system (you entered %q).", theme)
	}
	if _, err := time.LoadLocation(timeZone); err != nil || timeZone == "Local" {
		return fault.Field("time_zone", "Enter a time zone such as Europe/Berlin (you entered %q).", timeZone)
	}
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := dbpeople.Across(s).SetProfile(ctx, u.ID, u.Name, theme, timeZone); err != nil {
			return err
		}
		return a.k.AuditPerson(ctx, s, u, "set_profile", string(u.ID), "")
	})
}
