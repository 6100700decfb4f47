package models

import (
	"github.com/gofiber/fiber/v2"

	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// MoveProvider changes where a provider is asked; the key goes with the old address unless the form brings one.
func (s *Pages) MoveProvider(c *fiber.Ctx) error {
	err := s.models.MoveProvider(c.UserContext(), webkit.Actor(c), providerID(c), c.FormValue("base_url"), c.FormValue("api_key"))
	if err == nil {
		return webkit.MoveTo(c, s.providerPath(c, providerID(c))+"?done=moved")
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
