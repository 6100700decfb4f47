package people

import (
	"github.com/gofiber/fiber/v2"

	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// Home leads to the active team, else to the first one, else it says why there is none.
func (s *Pages) Home(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	if !v.Known() {
		return s.welcome(c)
	}
	teams, err := s.people.Teams(c.UserContext(), v.User.ID)
	if err != nil {
		return err
	}
	if len(teams) == 0 && v.User.Admin {
		return webkit.MoveTo(c, "/admin")
	}
	if len(teams) == 0 {
		return s.drawNoTeam(c)
	}
	return webkit.MoveTo(c, "/t/"+webkit.HomeTeam(teams, v.Team))
}

// welcome leads a stranger to the sign-in page, or says where the set-up link is while nobody has an account.
func (s *Pages) welcome(c *fiber.Ctx) error {
	needed, err := s.people.SetupNeeded(c.UserContext())
	if err != nil {
		return err
	}
	if needed && !s.people.Enforced() {
		return s.drawSetupWaits(c)
	}
	return webkit.MoveTo(c, "/login")
}

// SwitchTeam makes a team the active one. Only this does: opening another team's page never switches.
func (s *Pages) SwitchTeam(c *fiber.Ctx) error {
	by, err := s.people.ActorFor(c.UserContext(), webkit.VisitOf(c).User, c.FormValue("slug"))
	if err != nil {
		return err
	}
	if err := s.kit.Activate(c, by); err != nil {
		return err
	}
	return webkit.MoveTo(c, "/t/"+by.Slug)
}
