package models

import (
	"github.com/gofiber/fiber/v2"

	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// MoveProvider changes the URL of a provider. The stored API key is removed unless the form has a new one.
func (s *Pages) MoveProvider(c *fiber.Ctx) error {
	err := s.models.MoveProvider(c.UserContext(), webkit.Actor(c), providerID(c), c.FormValue("base_url"), c.FormValue("api_key"))
	if err == nil {
		return webkit.Redirect(c, s.providerPath(c, providerID(c))+"?done=moved")
	}
	faults := webkit.FaultsOf(err)
	if faults == nil {
		return err
	}
	p, err := s.models.Provider(c.UserContext(), webkit.Actor(c), providerID(c))
	if err != nil {
		return err
	}
	return s.drawProvider(c, fiber.StatusUnprocessableEntity, p, nil, faults)
}
