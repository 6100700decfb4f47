package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// LoginLifetime is how long a login lasts, and LoginIdle how long one that is not used.
const (
	LoginLifetime = 30 * 24 * time.Hour
	LoginIdle     = 12 * time.Hour
)

// Credentials are what a browser sends to sign in by password. Browser is its proof of an earlier sign-in, see RememberBrowser.
type Credentials struct{ Email, Password, Peer, UserAgent, Browser string }

// SignIn signs a person in by password, see Entry. A wrong password and an unknown person return the same fault after the same time.
// Too many failures pause an address, for the account and for all accounts; see signInLimits. The pause is stored in the database.
func (a *Verbs) SignIn(ctx context.Context, c Credentials) (Entry, user.User, error) {
	if err := a.CheckPasswordsAllowed(); err != nil {
		a.k.Refused(ctx, tenant.Actor{Name: "nobody", Via: "password", Peer: c.Peer}, "sign_in", "", err.Error())
		return Entry{}, user.User{}, err
	}
	u, err := a.checkPassword(ctx, c)
	if err != nil {
		return Entry{}, user.User{}, err
	}
	e, err := a.CompleteFirstStep(ctx, u, c.Peer, c.UserAgent)
	return e, u, err
}

// checkPassword returns the person of an e-mail address and a password.
func (a *Verbs) checkPassword(ctx context.Context, c Credentials) (user.User, error) {
	u, err := a.findUser(ctx, c.Email)
	if err != nil {
		return user.User{}, err
	}
	limits, err := a.signInLimits(ctx, u, c)
	if err != nil {
		return user.User{}, err
	}
	if err := a.checkSignInPause(ctx, limits, c.Peer); err != nil {
		return user.User{}, err
	}
	if err := a.slowDown(ctx, limits); err != nil {
		return user.User{}, err
	}
	if !user.Verify(c.Password, u.PasswordHash) || !u.Active {
		return user.User{}, a.recordFailedPassword(ctx, limits, u, c.Peer)
	}
	// Other attempts may have failed in the meantime: concurrent guesses must not reveal which one matched.
	if err := a.checkPause(ctx, limits); err != nil {
		return user.User{}, err
	}
	return u, a.clearFailures(ctx, limits)
}

// checkSignInPause refuses a sign-in that is paused, and writes it to the audit log.
func (a *Verbs) checkSignInPause(ctx context.Context, limits []limit, peer string) error {
	err := a.checkPause(ctx, limits)
	if fault.Is(err, fault.Exhausted) {
		a.k.Refused(ctx, tenant.Actor{Name: "nobody", Via: "password", Peer: peer}, "sign_in", "", "Sign-in is paused after too many failed attempts.")
	}
	return err
}

// findUser returns the zero user if there is none, so that the caller takes the same time.
func (a *Verbs) findUser(ctx context.Context, email string) (u user.User, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { u, err = dbpeople.Across(s).UserByEmail(ctx, email); return err })
	if fault.Is(err, fault.NotFound) {
		return user.User{}, nil
	}
	return u, err
}
