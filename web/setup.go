package web

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// showSetup is the page behind the one-time link of the first start.
func (s *Server) showSetup(c *fiber.Ctx) error {
	ok, err := s.app.People.SetupLinkValid(c.UserContext(), c.Params("token"))
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Forbidden, "This set-up link was used or is older than 24 hours. Start the server again for a new one.")
	}
	return s.drawSetup(c, fiber.StatusOK, apppeople.SetupForm{Token: c.Params("token")}, nil)
}

// setUp makes the admin and the first team, signs in and lands on the team's page.
func (s *Server) setUp(c *fiber.Ctx) error {
	f := apppeople.SetupForm{Token: c.Params("token"), Name: c.FormValue("name"), Email: c.FormValue("email"), Password: c.FormValue("password"),
		TeamName: c.FormValue("team_name"), TeamSlug: c.FormValue("team_slug")}
	u, t, err := s.app.People.SetUp(c.UserContext(), f)
	if faults := faultsOf(err); faults != nil {
		return s.drawSetup(c, fiber.StatusUnprocessableEntity, f, faults)
	}
	if err != nil {
		return err
	}
	return s.proved(c, u, "/t/"+t.Slug)
}

// faultsOf gives the faults a form shows beside its inputs, by input; nil when err is something else.
func faultsOf(err error) map[string]string {
	var many fault.Fields
	var one *fault.Error
	switch {
	case errors.As(err, &many):
	case errors.As(err, &one) && (one.Kind == fault.Invalid || one.Field != ""):
		many = fault.Fields{one}
	default:
		return nil
	}
	faults := map[string]string{}
	for _, f := range many {
		if faults[f.Field] == "" {
			faults[f.Field] = f.Message
		}
	}
	return faults
}
