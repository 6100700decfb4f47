package repos

import (
	"github.com/gofiber/fiber/v2"

	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// AllowHost lets a repository's sessions connect to a host and port.
func (s *Pages) AllowHost(c *fiber.Ctx) error {
	err := s.repos.AllowHost(c.UserContext(), webkit.Actor(c), repositoryID(c), c.FormValue("host"))
	if err == nil {
		return webkit.MoveTo(c, "/t/"+webkit.Actor(c).Slug+"/repositories/"+string(repositoryID(c))+"?done=host-allowed")
	}
	faults := webkit.FaultsOf(err)
	if faults == nil {
		return err
	}
	r, err := s.repos.Repository(c.UserContext(), webkit.Actor(c), repositoryID(c))
	if err != nil {
		return err
	}
	return s.drawRepository(c, fiber.StatusUnprocessableEntity, r, faults)
}

// DisallowHost takes a host off the list.
func (s *Pages) DisallowHost(c *fiber.Ctx) error {
	if err := s.repos.DisallowHost(c.UserContext(), webkit.Actor(c), repositoryID(c), c.FormValue("host")); err != nil {
		return err
	}
	return webkit.MoveTo(c, "/t/"+webkit.Actor(c).Slug+"/repositories/"+string(repositoryID(c))+"?done=host-removed")
}

// AcceptHostKey pins the key that the person saw in place of the one before.
func (s *Pages) AcceptHostKey(c *fiber.Ctx) error {
	if err := s.repos.AcceptHostKey(c.UserContext(), webkit.Actor(c), repositoryID(c), c.FormValue("fingerprint")); err != nil {
		return err
	}
	return webkit.MoveTo(c, "/t/"+webkit.Actor(c).Slug+"/repositories/"+string(repositoryID(c))+"?done=key-accepted")
}
