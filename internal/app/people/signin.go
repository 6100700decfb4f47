package people

import (
	"context"
	"fmt"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// How long a login lives and how failed sign-ins are slowed down.
const (
	LoginLifetime  = 30 * 24 * time.Hour
	LoginIdle      = 12 * time.Hour
	failureWindow  = 15 * time.Minute
	failurePause   = 15 * time.Minute
	accountTries   = 5
	peerTries      = 30
	lastTriesShown = 3
)

// SignIn lets a person in whose password matches, see Enter. A wrong password and an unknown person read and take the same;
// too many failures of an account or a peer pause it, which is kept in the database.
func (a *Verbs) SignIn(ctx context.Context, email, password, peer, userAgent string) (Entry, user.User, error) {
	if err := a.PasswordsOpen(); err != nil {
		a.k.Refused(ctx, tenant.Actor{Name: "nobody", Via: "password", Peer: peer}, "sign_in", "", err.Error())
		return Entry{}, user.User{}, err
	}
	keys := []string{"account:" + user.Fold(email), "peer:" + peer}
	if err := a.paused(ctx, keys); err != nil {
		if fault.Is(err, fault.Exhausted) {
			a.k.Refused(ctx, tenant.Actor{Name: "nobody", Via: "password", Peer: peer}, "sign_in", "", "Signing in is paused after too many tries.")
		}
		return Entry{}, user.User{}, err
	}
	u, err := a.userByEmail(ctx, email)
	if err != nil {
		return Entry{}, user.User{}, err
	}
	if !user.Verify(password, u.PasswordHash) || !u.Active {
		return Entry{}, user.User{}, a.failed(ctx, keys, u, peer)
	}
	// Others may have failed meanwhile: whoever guesses many at once must not find out which one was right.
	if err := a.paused(ctx, keys); err != nil {
		return Entry{}, user.User{}, err
	}
	if err := a.k.DB.System(ctx, func(s *dbkernel.System) error { return dbpeople.Across(s).ClearFailures(ctx, keys[0]) }); err != nil {
		return Entry{}, user.User{}, err
	}
	e, err := a.Enter(ctx, u, peer, userAgent)
	return e, u, err
}

// userByEmail is the zero user when there is none, so that what follows takes the same time.
func (a *Verbs) userByEmail(ctx context.Context, email string) (u user.User, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { u, err = dbpeople.Across(s).UserByEmail(ctx, email); return err })
	if fault.Is(err, fault.NotFound) {
		return user.User{}, nil
	}
	return u, err
}

func (a *Verbs) paused(ctx context.Context, keys []string) error {
	return a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { return a.pausedIn(ctx, s, keys) })
}

func (a *Verbs) pausedIn(ctx context.Context, s *dbkernel.System, keys []string) error {
	for _, k := range keys {
		if _, until, err := dbpeople.Across(s).Failure(ctx, k); err != nil {
			return err
		} else if until.After(a.k.Clock.Now()) {
			return fault.New(fault.Exhausted, "Too many tries did not match. Signing in is possible again at %s UTC.", until.Format("15:04"))
		}
	}
	return nil
}

// failed counts a failure. The log names the person who was tried, where there is one, and never what was typed.
func (a *Verbs) failed(ctx context.Context, keys []string, tried user.User, peer string) error {
	a.k.Refused(ctx, tenant.Actor{Name: "nobody", Via: "password", Peer: peer}, "sign_in", string(tried.ID), "E-mail and password did not match.")
	return a.missed(ctx, keys, "E-mail and password do not match.")
}

// missed counts a failure under an account's key and a peer's, and says so with the tries that are left where they are few.
func (a *Verbs) missed(ctx context.Context, keys []string, words string) error {
	left := accountTries
	err := a.k.DB.System(ctx, func(s *dbkernel.System) error {
		for i, limit := range []int{accountTries, peerTries} {
			n, _, err := dbpeople.Across(s).AddFailure(ctx, keys[i], a.k.Clock.Now(), failureWindow, limit, failurePause)
			if err != nil {
				return err
			}
			left = min(left, limit-n)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return fault.New(fault.Unauthenticated, "%s%s", words, triesLeft(left))
}

// triesLeft is the sentence that follows a failed sign-in; empty while there are more than a few tries.
func triesLeft(left int) string {
	switch {
	case left > lastTriesShown:
		return ""
	case left <= 0:
		return " Signing in is paused for 15 minutes."
	case left == 1:
		return " 1 try is left before a pause of 15 minutes."
	}
	return fmt.Sprintf(" %d tries are left before a pause of 15 minutes.", left)
}

// NewLogin makes a login for a person who has proved who they are.
func (a *Verbs) NewLogin(ctx context.Context, u user.User, peer, userAgent string) (l user.Login, err error) {
	return l, a.k.DB.System(ctx, func(s *dbkernel.System) (err error) { l, err = a.newLogin(ctx, s, u, peer, userAgent); return err })
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

// ActorFor is who u is in the team slug, with the membership, or how the admin u entered it, read now; Missing when u is not in it.
func (a *Verbs) ActorFor(ctx context.Context, u user.User, slug string) (by tenant.Actor, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		inside, in, err := a.entered(ctx, s, u, slug)
		if by = appkernel.From(ctx, inside); err != nil || in {
			return err
		}
		m, err := dbpeople.Across(s).Membership(ctx, u.ID, slug)
		by = appkernel.From(ctx, actor(u, m, "login"))
		return err
	})
	return by, err
}

func actor(u user.User, m tenant.Membership, via string) tenant.Actor {
	return tenant.Actor{Tenant: m.Tenant.ID, Slug: m.Tenant.Slug, User: u.ID, Name: u.Name, Role: m.Role, Held: m.Role, TenantActive: m.Tenant.Active, MaxRequests: m.Tenant.MaxRequests, Admin: u.Admin, Via: via}
}

// Teams lists the teams u is in, by name.
func (a *Verbs) Teams(ctx context.Context, u tenant.UserID) (ms []tenant.Membership, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { ms, err = dbpeople.Across(s).MembershipsOf(ctx, u); return err })
	return ms, err
}
