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

// The lifetime of a login, and the limits of failed sign-ins.
const (
	LoginLifetime     = 30 * 24 * time.Hour
	LoginIdle         = 12 * time.Hour
	failureWindow     = 15 * time.Minute
	failurePause      = 15 * time.Minute
	accountAttempts   = 5
	peerAttempts      = 30
	lastAttemptsShown = 3
)

// SignIn signs a person in by password, see Enter. A wrong password and an unknown person return the same fault after the same time.
// Too many failures of an account or a peer pause it; the pause is stored in the database.
func (a *Verbs) SignIn(ctx context.Context, email, password, peer, userAgent string) (Entry, user.User, error) {
	if err := a.CheckPasswordsAllowed(); err != nil {
		a.k.Refused(ctx, tenant.Actor{Name: "nobody", Via: "password", Peer: peer}, "sign_in", "", err.Error())
		return Entry{}, user.User{}, err
	}
	keys := []string{"account:" + user.Fold(email), "peer:" + peer}
	if err := a.checkPause(ctx, keys); err != nil {
		if fault.Is(err, fault.Exhausted) {
			a.k.Refused(ctx, tenant.Actor{Name: "nobody", Via: "password", Peer: peer}, "sign_in", "", "Sign-in is paused after too many failed attempts.")
		}
		return Entry{}, user.User{}, err
	}
	u, err := a.findUser(ctx, email)
	if err != nil {
		return Entry{}, user.User{}, err
	}
	if !user.Verify(password, u.PasswordHash) || !u.Active {
		return Entry{}, user.User{}, a.recordFailedPassword(ctx, keys, u, peer)
	}
	// Other attempts may have failed in the meantime: concurrent guesses must not reveal which one matched.
	if err := a.checkPause(ctx, keys); err != nil {
		return Entry{}, user.User{}, err
	}
	if err := a.k.DB.System(ctx, func(s *dbkernel.System) error { return dbpeople.Across(s).ClearFailures(ctx, keys[0]) }); err != nil {
		return Entry{}, user.User{}, err
	}
	e, err := a.CompleteFirstStep(ctx, u, peer, userAgent)
	return e, u, err
}

// findUser returns the zero user if there is none, so that the caller takes the same time.
func (a *Verbs) findUser(ctx context.Context, email string) (u user.User, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { u, err = dbpeople.Across(s).UserByEmail(ctx, email); return err })
	if fault.Is(err, fault.NotFound) {
		return user.User{}, nil
	}
	return u, err
}
