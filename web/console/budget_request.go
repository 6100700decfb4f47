package console

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/admin"
	"github.com/industrial-orchestrator/orchestrator/views/budget"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// GrantRequest grants a team's request, with the values of the form if it has any.
func (s *Pages) GrantRequest(c *fiber.Ctx) error {
	return s.answerRequest(c, "granted", func(by tenant.Actor, t tenant.ID) error {
		other, err := webkit.LimitsFrom(budget.Form{Tokens: c.FormValue("tokens"), Cost: c.FormValue("cost")})
		if err != nil {
			return err
		}
		if other.None() {
			_, err = s.console.GrantBudget(c.UserContext(), by, t, c.Params("id"), c.FormValue("note"))
		} else {
			_, err = s.console.GrantOther(c.UserContext(), by, t, c.Params("id"), other, c.FormValue("note"))
		}
		return err
	})
}

// RefuseRequest refuses a team's request with a reason.
func (s *Pages) RefuseRequest(c *fiber.Ctx) error {
	return s.answerRequest(c, "refused", func(by tenant.Actor, t tenant.ID) error {
		_, err := s.console.RefuseBudget(c.UserContext(), by, t, c.Params("id"), c.FormValue("note"))
		return err
	})
}

// answerRequest answers a team's request and shows the list again.
func (s *Pages) answerRequest(c *fiber.Ctx, done string, act func(by tenant.Actor, t tenant.ID) error) error {
	by := adminActor(c)
	t, err := s.console.ConsoleTeam(c.UserContext(), by, c.Params("slug"))
	if err != nil {
		return err
	}
	err = act(by, t.ID)
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawTeams(c, fiber.StatusUnprocessableEntity, admin.Teams{Request: c.Params("id"), Faults: faults, Typed: formValues(c)})
	}
	if err != nil {
		return err
	}
	return webkit.Redirect(c, "/admin?done="+done)
}
