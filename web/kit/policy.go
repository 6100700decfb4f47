package kit

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Policy lets a request through to its handler when who sends it may do action.
// What a stranger, another team and a missing team see does not depend on what is behind the route.
func (s *Kit) Policy(action tenant.Action) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if action == tenant.Public {
			return c.Next()
		}
		v := VisitOf(c)
		if !v.Known() {
			return fault.New(fault.Unauthenticated, "Sign in to go on.")
		}
		if err := formToken(c, v); err != nil {
			return err
		}
		if s.mustSetUp(c, v) {
			return s.answerSetUpFirst(c)
		}
		if err := s.admit(c, v, action); err != nil {
			return err
		}
		return c.Next()
	}
}

func (s *Kit) admit(c *fiber.Ctx, v *Visit, action tenant.Action) error {
	switch action {
	case tenant.SignedIn:
		return nil
	case tenant.AdminOnly:
		if !v.User.Admin {
			return fault.New(fault.Forbidden, "Only an admin of this instance may do this.")
		}
		return nil
	}
	by, err := s.people.ActorFor(c.UserContext(), v.User, c.Params("slug"))
	if err != nil {
		return err
	}
	v.actor = by
	if err := sameTeam(c, by); err != nil {
		return err
	}
	return by.May(action)
}

// otherTeam is a form drawn for one team and sent to another's address.
type otherTeam struct{ url, form string }

func (otherTeam) Error() string { return "the form names another team than the address" }

// sameTeam refuses unsafe requests whose form was drawn for another team: two tabs must not be able to lie.
func sameTeam(c *fiber.Ctx, by tenant.Actor) error {
	if safe(c.Method()) {
		return nil
	}
	if form := c.FormValue("team"); form != by.Slug {
		return otherTeam{url: by.Slug, form: form}
	}
	return nil
}
