package people

import (
	"context"
	"strings"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// SetupLifetime is how long a set-up link works.
const SetupLifetime = 24 * time.Hour

// SetupForm describes the first user and the first team.
type SetupForm struct{ Token, Name, Email, Password, TeamName, TeamSlug string }

// SetupNeeded reports whether there is no account yet.
func (a *Verbs) SetupNeeded(ctx context.Context) (needed bool, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		n, err := dbpeople.Across(s).CountUsers(ctx)
		if err != nil {
			return err
		}
		needed = n == 0
		return nil
	})
	return needed, err
}

// NewSetupLink returns the token of the one-time link for the first start. An earlier link stops working.
func (a *Verbs) NewSetupLink(ctx context.Context) (token string, err error) {
	if err := a.CheckPasswordsAllowed(); err != nil {
		return "", err
	}
	token, hash := NewLinkToken()
	return token, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := dbpeople.Across(s).AddSetupLink(ctx, hash, a.k.Clock.Now().Add(SetupLifetime)); err != nil {
			return err
		}
		return a.k.AuditInstance(ctx, s, "new_setup_link", "", "")
	})
}

// SetupLinkValid reports whether a set-up link still works.
func (a *Verbs) SetupLinkValid(ctx context.Context, token string) (ok bool, err error) {
	if err := a.CheckPasswordsAllowed(); err != nil {
		return false, err
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		ok, err = dbpeople.Across(s).SetupLinkValid(ctx, hashToken(token), a.k.Clock.Now())
		return err
	})
	return ok, err
}

// SetUp creates the first admin and the first team, whose lead the admin is, in one transaction. The link works once.
func (a *Verbs) SetUp(ctx context.Context, f SetupForm) (user.User, tenant.Tenant, error) {
	if err := a.CheckPasswordsAllowed(); err != nil {
		return user.User{}, tenant.Tenant{}, err
	}
	now := a.k.Clock.Now()
	u := user.User{ID: tenant.UserID(id.New()), Email: tenant.CleanEmail(f.Email), Name: strings.TrimSpace(f.Name), Admin: true, Active: true, Theme: "system", CreatedAt: now}
	t := NewTenant(f.TeamSlug, f.TeamName, now)
	err := appkernel.JoinFields(u.Check(), user.CheckPassword(f.Password, u.Email), teamFields(t.Check()))
	if err != nil {
		return u, t, err
	}
	// Hashing is expensive, so it needs a valid link.
	if ok, err := a.SetupLinkValid(ctx, f.Token); err != nil || !ok {
		return u, t, orSetupLinkExpired(err)
	}
	if u.PasswordHash, err = user.HashPassword(f.Password); err != nil {
		return u, t, err
	}
	return u, t, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		ok, err := dbpeople.Across(s).UseSetupLink(ctx, hashToken(f.Token), now)
		if err != nil || !ok {
			return orSetupLinkExpired(err)
		}
		if err := dbpeople.Across(s).CreateUser(ctx, u); err != nil {
			return err
		}
		if err := dbpeople.Across(s).CreateTenant(ctx, t); err != nil {
			return err
		}
		if err := dbpeople.Across(s).PutMember(ctx, t.ID, u.ID, tenant.Lead, now); err != nil {
			return err
		}
		return a.k.AuditPerson(ctx, s, u, "set_up", string(u.ID), "as an admin and as lead of the team "+t.Slug)
	})
}

func orSetupLinkExpired(err error) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Forbidden, "This set-up link has been used or is older than 24 hours. Restart the server to get a new one.")
}

// teamFields renames the fields of a team's faults to those of the set-up form, where "name" is the person's.
func teamFields(err error) error {
	f, ok := err.(fault.Fields)
	if !ok {
		return err
	}
	for _, e := range f {
		e.Field = "team_" + e.Field
	}
	return f
}
