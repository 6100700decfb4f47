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
