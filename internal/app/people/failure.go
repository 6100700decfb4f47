package people

import (
	"context"
	"fmt"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// recordFailedPassword records a failed sign-in. The audit log has the person, if there is one, and never the password.
func (a *Verbs) recordFailedPassword(ctx context.Context, limits []limit, u user.User, peer string) error {
	a.k.Refused(ctx, tenant.Actor{Name: "nobody", Via: "password", Peer: peer}, "sign_in", string(u.ID), "The e-mail address or password was incorrect.")
	left, err := a.countFailure(ctx, limits)
	if err != nil {
		return err
	}
	return fault.New(fault.Unauthenticated, "The e-mail address or password is incorrect.%s", attemptsLeft(left, "sign-in"))
}

// countFailure counts a failure under each limit and returns how many attempts remain before a pause.
func (a *Verbs) countFailure(ctx context.Context, limits []limit) (left int, err error) {
	left = neverPause
	err = a.k.DB.System(ctx, func(s *dbkernel.System) error {
		for _, l := range limits {
			n, _, err := dbpeople.Across(s).AddFailure(ctx, l.key, a.k.Clock.Now(), l.window, l.most, failurePause)
			if err != nil {
				return err
			}
			left = min(left, l.most-n)
		}
		return nil
	})
	return left, err
}

// clearFailures deletes the failures of the account and address, or browser, that a right answer came from.
func (a *Verbs) clearFailures(ctx context.Context, limits []limit) error {
	return a.k.DB.System(ctx, func(s *dbkernel.System) error { return dbpeople.Across(s).ClearFailures(ctx, limits[0].key) })
}

// attemptsLeft returns the sentence that follows a failed attempt, or "" if more than a few attempts remain.
func attemptsLeft(left int, what string) string {
	switch {
	case left > lastAttemptsShown:
		return ""
	case left <= 0:
		return " " + strings.ToUpper(what[:1]) + what[1:] + " is paused for 15 minutes."
	case left == 1:
		return " 1 attempt is left before " + what + " pauses for 15 minutes."
	}
	return fmt.Sprintf(" %d attempts are left before %s pauses for 15 minutes.", left, what)
}

// attempt is one use of a second factor: the person, the verb, the peer, and the message if it fails.
type attempt struct {
	who               user.User
	verb, peer, words string
}

// checkFactor checks a second factor and, if it matches, runs act in the same transaction, so that a code is not used up by an action
// that fails. It counts failures; too many of a person pause the person's second factors.
func (a *Verbs) checkFactor(ctx context.Context, t attempt, check func(*dbkernel.System) (bool, error), act func(*dbkernel.System) error) error {
	limits := factorLimits(t.who.ID)
	if err := a.checkPause(ctx, limits); err != nil {
		return err
	}
	matches := false
	err := a.k.DB.System(ctx, func(s *dbkernel.System) (err error) {
		if matches, err = check(s); err != nil || !matches {
			return err
		}
		// As with passwords: concurrent guesses must not reveal which one matched.
		if err := a.checkPauseIn(ctx, s, limits); err != nil {
			return err
		}
		if err := dbpeople.Across(s).ClearFailures(ctx, limits[0].key); err != nil {
			return err
		}
		return act(s)
	})
	if err != nil || matches {
		return err
	}
	return a.recordMiss(ctx, t, limits)
}

func (a *Verbs) recordMiss(ctx context.Context, t attempt, limits []limit) error {
	a.k.Refused(ctx, tenant.Actor{Name: "nobody", Via: "factor", Peer: t.peer}, t.verb, string(t.who.ID), t.words)
	left, err := a.countFailure(ctx, limits)
	if err != nil {
		return err
	}
	return fault.New(fault.Unauthenticated, "%s%s", t.words, attemptsLeft(left, "sign-in"))
}

// checkOwnPassword checks the password that a person who is signed in enters again, so that an unattended browser is not enough.
// Attempts are limited like those at sign-in, and a wrong one is written to the audit log as a refusal of verb.
func (a *Verbs) checkOwnPassword(ctx context.Context, u user.User, verb, field, password, words string) error {
	limits := ownLimits(u.ID)
	if err := a.checkPause(ctx, limits); err != nil {
		return atField(field, err)
	}
	if !user.Verify(password, u.PasswordHash) {
		a.k.Refused(ctx, tenant.Actor{User: u.ID, Name: u.Name, Via: "login"}, verb, string(u.ID), words)
		left, err := a.countFailure(ctx, limits)
		if err != nil {
			return err
		}
		return atField(field, fault.New(fault.Unauthenticated, "%s%s", words, attemptsLeft(left, "this form")))
	}
	// As at sign-in: concurrent guesses must not reveal which one matched.
	if err := a.checkPause(ctx, limits); err != nil {
		return atField(field, err)
	}
	return a.clearFailures(ctx, limits)
}
