package web

import (
	"maps"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// get registers a page that reads. It answers HEAD as well.
func (s *Server) get(path string, action tenant.Action, h fiber.Handler) {
	s.handle(fiber.MethodGet, path, action, h)
	s.handle(fiber.MethodHead, path, action, h)
}

// post registers an act of a person.
func (s *Server) post(path string, action tenant.Action, h fiber.Handler) {
	s.handle(fiber.MethodPost, path, action, h)
}

// handle is the only way to a route: without an action there is none.
func (s *Server) handle(method, path string, action tenant.Action, h fiber.Handler) {
	s.policies[method+" "+path] = action
	s.Fiber.Add(method, path, s.policy(action), h)
}

// policy lets a request through to its handler when who sends it may do action.
// What a stranger, another team and a missing team see does not depend on what is behind the route.
func (s *Server) policy(action tenant.Action) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if action == tenant.Public {
			return c.Next()
		}
		v := visitOf(c)
		if !v.known() {
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

func (s *Server) admit(c *fiber.Ctx, v *visit, action tenant.Action) error {
	switch action {
	case tenant.SignedIn:
		return nil
	case tenant.AdminOnly:
		if !v.user.Admin {
			return fault.New(fault.Forbidden, "Only an admin of this instance may do this.")
		}
		return nil
	}
	by, err := s.app.People.ActorFor(c.UserContext(), v.user, c.Params("slug"))
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

// Policies lists every route of pages and API, as method and path, with the action that opens it.
func (s *Server) Policies() map[string]tenant.Action {
	all := maps.Clone(s.policies)
	if s.opts.API == nil {
		return all
	}
	for route, action := range s.opts.API.Policies() {
		method, path, _ := strings.Cut(route, " ")
		all[method+" "+apiPrefix+path] = action
	}
	return all
}
