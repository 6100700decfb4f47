package kit

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Policy passes a request on to its handler if its sender is allowed action. A stranger, a member of another team and a request
// for a missing team get the same answer whatever the route serves.
func (s *Kit) Policy(action tenant.Action) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if action == tenant.Public {
			return c.Next()
		}
		v := VisitOf(c)
		if !v.IsSignedIn() {
			return fault.New(fault.Unauthenticated, "Sign in to continue.")
		}
		if err := checkFormToken(c, v); err != nil {
			return err
		}
		if s.mustSetUp(c, v) {
			return s.answerSetUpFirst(c)
		}
		if err := s.checkAction(c, v, action); err != nil {
			return err
		}
		return c.Next()
	}
}

// checkAction sets the actor of the address's team and checks that it is allowed action.
func (s *Kit) checkAction(c *fiber.Ctx, v *Visit, action tenant.Action) error {
	switch action {
	case tenant.SignedIn:
		return nil
	case tenant.AdminOnly:
		if !v.User.Admin {
			return fault.New(fault.Forbidden, "Only an admin of this instance can do this.")
		}
		return nil
	}
	by, err := s.people.ActorFor(c.UserContext(), v.User, c.Params("slug"))
	if err != nil {
		return err
	}
	v.actor = by
	if err := checkFormTeam(c, by); err != nil {
		return err
	}
	return by.May(action)
}

// otherTeam is the error of a form that belongs to one team and was sent to the address of another.
type otherTeam struct{ url, form string }

// Error is for the log. The page explains the error with the names of both teams.
func (otherTeam) Error() string { return "the form belongs to a different team than the URL" }

// checkFormTeam refuses unsafe requests with a form of another team, so that two open tabs cannot mix up teams.
func checkFormTeam(c *fiber.Ctx, by tenant.Actor) error {
	if isSafe(c.Method()) {
		return nil
	}
	if form := c.FormValue("team"); form != by.Slug {
		return otherTeam{url: by.Slug, form: form}
	}
	return nil
}
