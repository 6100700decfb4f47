package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// NewLogin creates a login for a person who is authenticated.
func (a *Verbs) NewLogin(ctx context.Context, u user.User, peer, userAgent string) (l user.Login, err error) {
	err = a.k.DB.System(ctx, func(s *dbkernel.System) (err error) { l, err = a.newLogin(ctx, s, u, peer, userAgent); return err })
	return l, err
}

func (a *Verbs) newLogin(ctx context.Context, s *dbkernel.System, u user.User, peer, userAgent string) (user.Login, error) {
	l := a.makeLogin(u, user.ByPassword, LoginLifetime, peer, userAgent)
	return l, a.createLogin(ctx, s, u, l)
}

// makeLogin returns a login that is not stored yet.
func (a *Verbs) makeLogin(u user.User, via user.Via, lasts time.Duration, peer, userAgent string) user.Login {
	now := a.k.Clock.Now()
	return user.Login{ID: id.New(), User: u.ID, CreatedAt: now, LastSeenAt: now, Expires: now.Add(lasts), Peer: peer, UserAgent: text.Cut(text.Clean(userAgent), 300), Via: via}
}

func (a *Verbs) createLogin(ctx context.Context, s *dbkernel.System, u user.User, l user.Login) error {
	if err := dbpeople.Across(s).CreateLogin(ctx, l); err != nil {
		return err
	}
	return a.k.AuditPerson(ctx, s, u, "sign_in", string(u.ID), text.Cut(l.UserAgent, 100))
}

// Login returns an open login and its person; Unauthenticated if it ended, was idle for too long, or the person is deactivated.
func (a *Verbs) Login(ctx context.Context, loginID string) (l user.Login, u user.User, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { l, u, err = dbpeople.Across(s).Login(ctx, loginID); return err })
	now := a.k.Clock.Now()
	if fault.Is(err, fault.NotFound) || err == nil && (!u.Active || now.After(l.Expires) || now.Sub(l.LastSeenAt) > LoginIdle || l.Via == user.ByPassword && a.Enforced()) {
		return l, u, fault.New(fault.Unauthenticated, "Sign in to continue.")
	}
	return l, u, err
}

// TouchLogin records that a login was used now.
func (a *Verbs) TouchLogin(ctx context.Context, loginID string) error {
	return a.k.DB.System(ctx, func(s *dbkernel.System) error { return dbpeople.Across(s).TouchLogin(ctx, loginID, a.k.Clock.Now()) })
}

// SignOut ends one login of a person.
func (a *Verbs) SignOut(ctx context.Context, u tenant.UserID, loginID string) error {
	return a.endLogin(ctx, u, loginID, "sign_out")
}

// Logins returns a person's open logins, newest first.
func (a *Verbs) Logins(ctx context.Context, u tenant.UserID) (ls []user.Login, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { ls, err = dbpeople.Across(s).Logins(ctx, u); return err })
	return ls, err
}

// RevokeLogin ends one of u's logins. It does not end another person's.
func (a *Verbs) RevokeLogin(ctx context.Context, u tenant.UserID, loginID string) error {
	return a.endLogin(ctx, u, loginID, "revoke_login")
}

func (a *Verbs) endLogin(ctx context.Context, u tenant.UserID, loginID, verb string) error {
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		s.AfterCommit(func() { a.ringPerson(u) })
		if err := dbpeople.Across(s).DeleteLogin(ctx, u, loginID); err != nil {
			return err
		}
		return a.k.AuditPerson(ctx, s, user.User{ID: u}, verb, string(u), "")
	})
}
