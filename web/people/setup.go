package people

import (
	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowSetup is the page behind the one-time link of the first start.
func (s *Pages) ShowSetup(c *fiber.Ctx) error {
	ok, err := s.people.SetupLinkValid(c.UserContext(), c.Params("token"))
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Forbidden, "This set-up link was used or is older than 24 hours. Start the server again for a new one.")
	}
	return s.drawSetup(c, fiber.StatusOK, apppeople.SetupForm{Token: c.Params("token")}, nil)
}

// SetUp makes the admin and the first team, signs in and lands on the team's page.
func (s *Pages) SetUp(c *fiber.Ctx) error {
	f := apppeople.SetupForm{Token: c.Params("token"), Name: c.FormValue("name"), Email: c.FormValue("email"), Password: c.FormValue("password"),
		TeamName: c.FormValue("team_name"), TeamSlug: c.FormValue("team_slug")}
	u, t, err := s.people.SetUp(c.UserContext(), f)
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawSetup(c, fiber.StatusUnprocessableEntity, f, faults)
	}
	if err != nil {
		return err
	}
	return s.proved(c, u, "/t/"+t.Slug)
}
