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

// try is a try at a second factor: whose, at which verb, from where, and what a miss says.
type try struct {
	who               user.User
	verb, peer, words string
}

// tried checks a factor and, where it is right, does the act, in one transaction: a proof is not used up by what is not done.
// A miss is counted, and too many of a person or a peer pause them.
func (a *Verbs) tried(ctx context.Context, t try, check func(*dbkernel.System) (bool, error), act func(*dbkernel.System) error) error {
	keys := []string{"factor:" + string(t.who.ID), "peer:" + t.peer}
	if err := a.paused(ctx, keys); err != nil {
		return err
	}
	right := false
	err := a.k.DB.System(ctx, func(s *dbkernel.System) (err error) {
		if right, err = check(s); err != nil || !right {
			return err
		}
		// As with passwords: whoever guesses many at once must not find out which one was right.
		if err := a.pausedIn(ctx, s, keys); err != nil {
			return err
		}
		if err := dbpeople.Across(s).ClearFailures(ctx, keys[0]); err != nil {
			return err
		}
		return act(s)
	})
	if err != nil || right {
		return err
	}
	return a.miss(ctx, t, keys)
}

func (a *Verbs) miss(ctx context.Context, t try, keys []string) error {
	a.k.Refused(ctx, tenant.Actor{Name: "nobody", Via: "factor", Peer: t.peer}, t.verb, string(t.who.ID), t.words)
	return a.missed(ctx, keys, t.words)
}
