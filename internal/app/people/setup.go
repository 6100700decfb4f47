package people

import (
	"context"
	"crypto/rand"
	"encoding/base64"
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

// SetupForm is what the first person says: themself and the first team.
type SetupForm struct{ Token, Name, Email, Password, TeamName, TeamSlug string }

// SetupNeeded says whether nobody has an account yet.
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

// NewSetupLink makes the one-time token of the first start; an earlier one stops working.
func (a *Verbs) NewSetupLink(ctx context.Context) (token string, err error) {
	if err := a.PasswordsOpen(); err != nil {
		return "", err
	}
	var b [24]byte
	_, _ = rand.Read(b[:])
	token = base64.RawURLEncoding.EncodeToString(b[:])
	return token, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := dbpeople.Across(s).AddSetupLink(ctx, hashed(token), a.k.Clock.Now().Add(SetupLifetime)); err != nil {
			return err
		}
		return a.k.AuditInstance(ctx, s, "new_setup_link", "", "")
	})
}

// SetupLinkValid says whether a set-up token still works.
func (a *Verbs) SetupLinkValid(ctx context.Context, token string) (ok bool, err error) {
	if err := a.PasswordsOpen(); err != nil {
		return false, err
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		ok, err = dbpeople.Across(s).SetupLinkValid(ctx, hashed(token), a.k.Clock.Now())
		return err
	})
	return ok, err
}

// SetUp makes the admin, who is also lead of the first team, in one transaction; the link works once.
func (a *Verbs) SetUp(ctx context.Context, f SetupForm) (user.User, tenant.Tenant, error) {
	if err := a.PasswordsOpen(); err != nil {
		return user.User{}, tenant.Tenant{}, err
	}
	now := a.k.Clock.Now()
	u := user.User{ID: tenant.UserID(id.New()), Email: strings.TrimSpace(f.Email), Name: strings.TrimSpace(f.Name), Admin: true, Active: true, Theme: "system", CreatedAt: now}
	t := NewTenant(f.TeamSlug, f.TeamName, now)
	err := appkernel.JoinFields(u.Check(), user.CheckPassword(f.Password, u.Email), teamFields(t.Check()))
	if err != nil {
		return u, t, err
	}
	// Hashing is dear: nobody gets it without a link.
	if ok, err := a.SetupLinkValid(ctx, f.Token); err != nil || !ok {
		return u, t, orUsedUp(err)
	}
	if u.PasswordHash, err = user.HashPassword(f.Password); err != nil {
		return u, t, err
	}
	return u, t, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		ok, err := dbpeople.Across(s).UseSetupLink(ctx, hashed(f.Token), now)
		if err != nil || !ok {
			return orUsedUp(err)
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
		return a.k.AuditPerson(ctx, s, u, "set_up", string(u.ID), "an admin, and lead of the team "+t.Slug)
	})
}

func orUsedUp(err error) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Forbidden, "This set-up link was used or is older than 24 hours. Start the server again for a new one.")
}

// teamFields names a tenant's fields as the set-up form does, where "name" is the person's.
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
