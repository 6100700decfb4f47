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

// NewLogin makes a login for a person who has proved who they are.
func (a *Verbs) NewLogin(ctx context.Context, u user.User, peer, userAgent string) (l user.Login, err error) {
	err = a.k.DB.System(ctx, func(s *dbkernel.System) (err error) { l, err = a.newLogin(ctx, s, u, peer, userAgent); return err })
	return l, err
}

func (a *Verbs) newLogin(ctx context.Context, s *dbkernel.System, u user.User, peer, userAgent string) (user.Login, error) {
	l := a.loginOf(u, user.ByPassword, LoginLifetime, peer, userAgent)
	return l, a.createLogin(ctx, s, u, l)
}

func (a *Verbs) loginOf(u user.User, via user.Via, lasts time.Duration, peer, userAgent string) user.Login {
	now := a.k.Clock.Now()
	return user.Login{ID: id.New(), User: u.ID, CreatedAt: now, LastSeenAt: now, Expires: now.Add(lasts), Peer: peer, UserAgent: text.Cut(text.Clean(userAgent), 300), Via: via}
}

func (a *Verbs) createLogin(ctx context.Context, s *dbkernel.System, u user.User, l user.Login) error {
	if err := dbpeople.Across(s).CreateLogin(ctx, l); err != nil {
		return err
	}
	return a.k.AuditPerson(ctx, s, u, "sign_in", string(u.ID), text.Cut(l.UserAgent, 100))
}

// Login reads a live login and its person; Unauthenticated when it ended, idled too long, or the person is inactive.
func (a *Verbs) Login(ctx context.Context, loginID string) (l user.Login, u user.User, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { l, u, err = dbpeople.Across(s).Login(ctx, loginID); return err })
	now := a.k.Clock.Now()
	if fault.Is(err, fault.NotFound) || err == nil && (!u.Active || now.After(l.Expires) || now.Sub(l.LastSeenAt) > LoginIdle || l.Via == user.ByPassword && a.Enforced()) {
		return l, u, fault.New(fault.Unauthenticated, "Sign in to go on.")
	}
	return l, u, err
}

// TouchLogin notes that a login was used.
func (a *Verbs) TouchLogin(ctx context.Context, loginID string) error {
	return a.k.DB.System(ctx, func(s *dbkernel.System) error { return dbpeople.Across(s).TouchLogin(ctx, loginID, a.k.Clock.Now()) })
}

// SignOut ends one login of a person.
func (a *Verbs) SignOut(ctx context.Context, u tenant.UserID, loginID string) error {
	return a.endLogin(ctx, u, loginID, "sign_out")
}

// Logins lists a person's live logins, newest first.
func (a *Verbs) Logins(ctx context.Context, u tenant.UserID) (ls []user.Login, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { ls, err = dbpeople.Across(s).Logins(ctx, u); return err })
	return ls, err
}

// RevokeLogin ends one login of u; another person's is left alone.
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
