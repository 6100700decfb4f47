package people

import (
	"context"
	"fmt"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// checkPause returns an Exhausted fault while sign-in is paused for one of the keys.
func (a *Verbs) checkPause(ctx context.Context, keys []string) error {
	return a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { return a.checkPauseIn(ctx, s, keys) })
}

func (a *Verbs) checkPauseIn(ctx context.Context, s *dbkernel.System, keys []string) error {
	for _, k := range keys {
		if _, until, err := dbpeople.Across(s).Failure(ctx, k); err != nil {
			return err
		} else if until.After(a.k.Clock.Now()) {
			return fault.New(fault.Exhausted, "Too many failed attempts. You can sign in again at %s UTC.", until.Format("15:04"))
		}
	}
	return nil
}

// recordFailedPassword records a failed sign-in. The audit log has the person, if there is one, and never the password.
func (a *Verbs) recordFailedPassword(ctx context.Context, keys []string, u user.User, peer string) error {
	a.k.Refused(ctx, tenant.Actor{Name: "nobody", Via: "password", Peer: peer}, "sign_in", string(u.ID), "The e-mail address or password was incorrect.")
	return a.countFailure(ctx, keys, "The e-mail address or password is incorrect.")
}

// countFailure counts a failure for an account and a peer, and returns it as a fault. If few attempts remain, the fault says so.
func (a *Verbs) countFailure(ctx context.Context, keys []string, words string) error {
	left := accountAttempts
	err := a.k.DB.System(ctx, func(s *dbkernel.System) error {
		for i, limit := range []int{accountAttempts, peerAttempts} {
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
	return fault.New(fault.Unauthenticated, "%s%s", words, attemptsLeft(left))
}

// attemptsLeft returns the sentence that follows a failed sign-in, or "" if more than a few attempts remain.
func attemptsLeft(left int) string {
	switch {
	case left > lastAttemptsShown:
		return ""
	case left <= 0:
		return " Sign-in is paused for 15 minutes."
	case left == 1:
		return " 1 attempt is left before sign-in pauses for 15 minutes."
	}
	return fmt.Sprintf(" %d attempts are left before sign-in pauses for 15 minutes.", left)
}

// attempt is one use of a second factor: the person, the verb, the peer, and the message if it fails.
type attempt struct {
	who               user.User
	verb, peer, words string
}

// checkFactor checks a second factor and, if it matches, runs act in the same transaction, so that a code is not used up by an action
// that fails. It counts failures; too many of a person or a peer pause them.
func (a *Verbs) checkFactor(ctx context.Context, t attempt, check func(*dbkernel.System) (bool, error), act func(*dbkernel.System) error) error {
	keys := []string{"factor:" + string(t.who.ID), "peer:" + t.peer}
	if err := a.checkPause(ctx, keys); err != nil {
		return err
	}
	matches := false
	err := a.k.DB.System(ctx, func(s *dbkernel.System) (err error) {
		if matches, err = check(s); err != nil || !matches {
			return err
		}
		// As with passwords: concurrent guesses must not reveal which one matched.
		if err := a.checkPauseIn(ctx, s, keys); err != nil {
			return err
		}
		if err := dbpeople.Across(s).ClearFailures(ctx, keys[0]); err != nil {
			return err
		}
		return act(s)
	})
	if err != nil || matches {
		return err
	}
	return a.recordMiss(ctx, t, keys)
}

func (a *Verbs) recordMiss(ctx context.Context, t attempt, keys []string) error {
	a.k.Refused(ctx, tenant.Actor{Name: "nobody", Via: "factor", Peer: t.peer}, t.verb, string(t.who.ID), t.words)
	return a.countFailure(ctx, keys, t.words)
}
