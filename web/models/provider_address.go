package models

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// MoveProvider changes the URL of a provider. The stored API key is removed unless the form has a new one.
func (s *Pages) MoveProvider(c *fiber.Ctx) error {
	err := s.models.MoveProvider(c.UserContext(), webkit.Actor(c), providerID(c), c.FormValue("base_url"), c.FormValue("moved_key"))
	if err == nil {
		return webkit.Redirect(c, s.providerPath(c, providerID(c))+"?done=moved")
	}
	return s.refuseProvider(c, err, func(*provider.Provider) {})
}
