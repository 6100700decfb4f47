package repos

import (
	"github.com/gofiber/fiber/v2"

	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// AllowHost adds a host and port to those that a repository's sessions can connect to.
func (s *Pages) AllowHost(c *fiber.Ctx) error {
	err := s.repos.AllowHost(c.UserContext(), webkit.Actor(c), repositoryID(c), c.FormValue("host"))
	if err == nil {
		return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/repositories/"+string(repositoryID(c))+"?done=host-allowed")
	}
	return s.refuseRepository(c, err)
}

// DisallowHost removes a host from the list.
func (s *Pages) DisallowHost(c *fiber.Ctx) error {
	if err := s.repos.DisallowHost(c.UserContext(), webkit.Actor(c), repositoryID(c), c.FormValue("host")); err != nil {
		return err
	}
	return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/repositories/"+string(repositoryID(c))+"?done=host-removed")
}

// AcceptHostKey replaces the pinned host key with the one that the person saw.
func (s *Pages) AcceptHostKey(c *fiber.Ctx) error {
	if err := s.repos.AcceptHostKey(c.UserContext(), webkit.Actor(c), repositoryID(c), c.FormValue("fingerprint")); err != nil {
		return err
	}
	return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/repositories/"+string(repositoryID(c))+"?done=key-accepted")
}
