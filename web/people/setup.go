package people

import (
	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowSetup shows the page behind the link that the first start prints. It works once.
func (s *Pages) ShowSetup(c *fiber.Ctx) error {
	ok, err := s.people.SetupLinkValid(c.UserContext(), c.Params("token"))
	if err != nil {
		return err
	}
	if !ok {
		return s.refuseSetup(c)
	}
	return s.drawSetup(c, fiber.StatusOK, apppeople.SetupForm{Token: c.Params("token")}, nil)
}

// refuseSetup says what to do instead of opening a set-up link that is not valid.
func (s *Pages) refuseSetup(c *fiber.Ctx) error {
	needed, err := s.people.SetupNeeded(c.UserContext())
	if err != nil {
		return err
	}
	if needed {
		return fault.New(fault.Forbidden, "This set-up link is not valid or has expired. Restart the server to get a new one.")
	}
	return fault.New(fault.Forbidden, "This server is set up already. Sign in, or ask an admin to invite you.")
}

// SetUpInstance creates the first admin and the first team, signs in and opens the team.
func (s *Pages) SetUpInstance(c *fiber.Ctx) error {
	f := apppeople.SetupForm{Token: c.Params("token"), Name: c.FormValue("name"), Email: c.FormValue("email"), Password: c.FormValue("password"),
		TeamName: c.FormValue("team_name"), TeamSlug: c.FormValue("team_slug")}
	u, t, err := s.people.SetUp(c.UserContext(), f)
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawSetup(c, fiber.StatusUnprocessableEntity, f, faults)
	}
	if err != nil {
		return err
	}
	return s.signInByProof(c, u, "/t/"+t.Slug)
}
