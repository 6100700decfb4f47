package people

import (
	"github.com/gofiber/fiber/v2"

	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// RedirectHome redirects to the active team, else to the person's first one. Without a team it explains why.
func (s *Pages) RedirectHome(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	if !v.IsSignedIn() {
		return s.greetStranger(c)
	}
	teams, err := s.people.Teams(c.UserContext(), v.User.ID)
	if err != nil {
		return err
	}
	if len(teams) == 0 && v.User.Admin {
		return webkit.Redirect(c, "/admin")
	}
	if len(teams) == 0 {
		return s.drawNoTeam(c)
	}
	return webkit.Redirect(c, "/t/"+webkit.HomeTeam(teams, v.Team))
}

// greetStranger redirects to the sign-in page. Before the first user exists it explains where the set-up link is.
func (s *Pages) greetStranger(c *fiber.Ctx) error {
	needed, err := s.people.SetupNeeded(c.UserContext())
	if err != nil {
		return err
	}
	if needed && !s.people.Enforced() {
		return s.drawSetupWaits(c)
	}
	return webkit.Redirect(c, "/login")
}

// SwitchTeam makes a team the active one. Nothing else does: opening another team's page does not switch.
func (s *Pages) SwitchTeam(c *fiber.Ctx) error {
	by, err := s.people.ActorFor(c.UserContext(), webkit.VisitOf(c).User, c.FormValue("slug"))
	if err != nil {
		return err
	}
	if err := s.kit.SetDefaultTeam(c, by); err != nil {
		return err
	}
	return webkit.Redirect(c, "/t/"+by.Slug)
}
