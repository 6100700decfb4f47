package people

import (
	"context"
	"math"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// The limits of failed attempts. Five from one address for one account pause that address for the account; many on one account, from
// wherever, only slow down, because a pause would let strangers lock its owner out.
const (
	failureWindow     = 15 * time.Minute
	failurePause      = 15 * time.Minute
	accountAttempts   = 5
	peerAttempts      = 30
	slowWindow        = time.Hour
	slowAttempts      = 100
	slowWait          = 5 * time.Second
	lastAttemptsShown = 3
	// longestAddress is the length of the longest e-mail address that a limit tells from others.
	longestAddress = 254
)

// limit counts failures under a key. Too many pause it, unless most is neverPause.
type limit struct {
	key    string
	most   int
	window time.Duration
}

const neverPause = math.MaxInt32

// signInLimits are the limits of a sign-in by password. The first one ends with a sign-in that succeeds. A browser that the person
// signed in with before has a limit of its own, so that nobody else can use it up.
func (a *Verbs) signInLimits(ctx context.Context, u user.User, c Credentials) ([]limit, error) {
	known, err := a.knowsBrowser(ctx, u.ID, c.Browser)
	if known || err != nil {
		return []limit{{"browser:" + hashToken(c.Browser) + "|" + string(u.ID), accountAttempts, failureWindow}}, err
	}
	account := accountKey(c.Email)
	return []limit{{account + "|" + text.Network(c.Peer), accountAttempts, failureWindow}, {"peer:" + text.Network(c.Peer), peerAttempts, failureWindow},
		{account, neverPause, slowWindow}}, nil
}

// ownLimits are the limits of a person who is signed in and enters the password again. Strangers cannot reach them.
func ownLimits(u tenant.UserID) []limit {
	return []limit{{"own:" + string(u), accountAttempts, failureWindow}}
}

// factorLimits are the limits of a second factor, which only a person who knows the password reaches.
func factorLimits(u tenant.UserID) []limit {
	return []limit{{"factor:" + string(u), accountAttempts, failureWindow}}
}

func accountKey(email string) string { return "account:" + text.Cut(user.Fold(email), longestAddress) }

// checkPause returns an Exhausted fault while one of the limits is paused.
func (a *Verbs) checkPause(ctx context.Context, limits []limit) error {
	return a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { return a.checkPauseIn(ctx, s, limits) })
}

func (a *Verbs) checkPauseIn(ctx context.Context, s *dbkernel.System, limits []limit) error {
	for _, l := range limits {
		if until, err := dbpeople.Across(s).PausedUntil(ctx, l.key); err != nil {
			return err
		} else if until.After(a.k.Clock.Now()) {
			return fault.New(fault.Exhausted, "Too many failed attempts. Try again at %s UTC.", until.Format("15:04"))
		}
	}
	return nil
}

// slowDown waits before an attempt on an account that has had very many failed ones. Everybody's attempt is made in the end.
func (a *Verbs) slowDown(ctx context.Context, limits []limit) error {
	for _, l := range limits {
		if l.most != neverPause {
			continue
		}
		n, err := a.failuresOf(ctx, l)
		if err != nil || n < slowAttempts {
			return err
		}
		return a.opts.Wait(ctx, slowWait)
	}
	return nil
}

func (a *Verbs) failuresOf(ctx context.Context, l limit) (n int, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		n, err = dbpeople.Across(s).Failures(ctx, l.key, a.k.Clock.Now().Add(-l.window))
		return err
	})
	return n, err
}

// waitFor waits for d or until ctx ends.
func waitFor(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "The server stopped while you were signing in. Try again.")
	}
}
