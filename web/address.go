package web

import (
	"github.com/gofiber/fiber/v2"
)

// moveProvider changes where a provider is asked; the key goes with the old address unless the form brings one.
func (s *Server) moveProvider(c *fiber.Ctx) error {
	err := s.app.Models.MoveProvider(c.UserContext(), actor(c), providerID(c), c.FormValue("base_url"), c.FormValue("api_key"))
	if err == nil {
		return moveTo(c, s.providerPath(c, providerID(c))+"?done=moved")
	}
	faults := faultsOf(err)
	if faults == nil {
		return err
	}
	p, err := s.app.Models.Provider(c.UserContext(), actor(c), providerID(c))
	if err != nil {
		return err
	}
	return s.drawProvider(c, fiber.StatusUnprocessableEntity, p, nil, faults)
}

// moveRepository changes where a repository is cloned from; the credential goes with the old address unless the form brings one.
func (s *Server) moveRepository(c *fiber.Ctx) error {
	err := s.app.Repos.MoveRepository(c.UserContext(), actor(c), repositoryID(c), c.FormValue("url"), c.FormValue("credential"))
	if err == nil {
		return moveTo(c, "/t/"+actor(c).Slug+"/repositories/"+string(repositoryID(c))+"?done=moved")
	}
	faults := faultsOf(err)
	if faults == nil {
		return err
	}
	r, err := s.app.Repos.Repository(c.UserContext(), actor(c), repositoryID(c))
	if err != nil {
		return err
	}
	return s.drawRepository(c, fiber.StatusUnprocessableEntity, r, faults)
}
