package web

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// home leads to the active team, else to the first one, else it says why there is none.
func (s *Server) home(c *fiber.Ctx) error {
	v := visitOf(c)
	if !v.known() {
		return s.welcome(c)
	}
	teams, err := s.app.People.Teams(c.UserContext(), v.user.ID)
	if err != nil {
		return err
	}
	if len(teams) == 0 && v.user.Admin {
		return moveTo(c, "/admin")
	}
	if len(teams) == 0 {
		return s.drawNoTeam(c)
	}
	return moveTo(c, "/t/"+homeTeam(teams, v.team))
}

func homeTeam(teams []tenant.Membership, active string) string {
	for _, m := range teams {
		if m.Tenant.Slug == active {
			return active
		}
	}
	return teams[0].Tenant.Slug
}

// welcome leads a stranger to the sign-in page, or says where the set-up link is while nobody has an account.
func (s *Server) welcome(c *fiber.Ctx) error {
	needed, err := s.app.People.SetupNeeded(c.UserContext())
	if err != nil {
		return err
	}
	if needed && !s.app.People.Enforced() {
		return s.drawSetupWaits(c)
	}
	return moveTo(c, "/login")
}

// switchTeam makes a team the active one. Only this does: opening another team's page never switches.
func (s *Server) switchTeam(c *fiber.Ctx) error {
	by, err := s.app.People.ActorFor(c.UserContext(), visitOf(c).user, c.FormValue("slug"))
	if err != nil {
		return err
	}
	if err := s.activate(c, by); err != nil {
		return err
	}
	return moveTo(c, "/t/"+by.Slug)
}
