package people

import (
	"context"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// CreateUser creates a user with a password, or without one if the identity provider is enforced.
func (a *Verbs) CreateUser(ctx context.Context, email, name, password string, admin bool) (user.User, error) {
	u := user.User{ID: tenant.UserID(id.New()), Email: tenant.CleanEmail(email), Name: strings.TrimSpace(name), Admin: admin, Active: true, Theme: "system", CreatedAt: a.k.Clock.Now()}
	if err := a.setFirstPassword(&u, password); err != nil {
		return u, err
	}
	return u, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := dbpeople.Across(s).CreateUser(ctx, u); err != nil {
			return err
		}
		return a.k.AuditInstance(ctx, s, "create_user", string(u.ID), adminDetail(u))
	})
}

// setFirstPassword checks a new user and hashes the password. If passwords are turned off, the user has none.
func (a *Verbs) setFirstPassword(u *user.User, password string) (err error) {
	if closed := a.CheckPasswordsAllowed(); closed != nil {
		if password != "" {
			return closed
		}
		return u.Check()
	}
	if err := appkernel.JoinFields(u.Check(), user.CheckPassword(password, u.Email)); err != nil {
		return err
	}
	u.PasswordHash, err = user.HashPassword(password)
	return err
}

// adminDetail returns the audit detail of an admin, or "" for another user.
func adminDetail(u user.User) string {
	if u.Admin {
		return "an admin of the instance"
	}
	return ""
}

// PersonByEmail returns a person by e-mail address, in upper or lower case, for the operator's commands.
func (a *Verbs) PersonByEmail(ctx context.Context, email string) (u user.User, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { u, err = dbpeople.Across(s).UserByEmail(ctx, email); return err })
	return u, err
}
