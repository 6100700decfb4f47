package web

import (
	"github.com/gofiber/fiber/v2"
)

// allowHost lets a repository's sessions connect to a host and port.
func (s *Server) allowHost(c *fiber.Ctx) error {
	err := s.app.Repos.AllowHost(c.UserContext(), actor(c), repositoryID(c), c.FormValue("host"))
	if err == nil {
		return moveTo(c, "/t/"+actor(c).Slug+"/repositories/"+string(repositoryID(c))+"?done=host-allowed")
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

// disallowHost takes a host off the list.
func (s *Server) disallowHost(c *fiber.Ctx) error {
	if err := s.app.Repos.DisallowHost(c.UserContext(), actor(c), repositoryID(c), c.FormValue("host")); err != nil {
		return err
	}
	return moveTo(c, "/t/"+actor(c).Slug+"/repositories/"+string(repositoryID(c))+"?done=host-removed")
}

// acceptHostKey pins the key that the person saw in place of the one before.
func (s *Server) acceptHostKey(c *fiber.Ctx) error {
	if err := s.app.Repos.AcceptHostKey(c.UserContext(), actor(c), repositoryID(c), c.FormValue("fingerprint")); err != nil {
		return err
	}
	return moveTo(c, "/t/"+actor(c).Slug+"/repositories/"+string(repositoryID(c))+"?done=key-accepted")
}
