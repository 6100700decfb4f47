package web

import (
	"github.com/gofiber/fiber/v2"
)

// allowAgentConfig lets what a repository says about its agents count, or no more.
func (s *Server) allowAgentConfig(c *fiber.Ctx) error {
	allowed, word := c.FormValue("allowed") == "yes", "config-refused"
	if allowed {
		word = "config-allowed"
	}
	if err := s.app.Repos.AllowAgentConfig(c.UserContext(), actor(c), repositoryID(c), allowed); err != nil {
		return err
	}
	return moveTo(c, "/t/"+actor(c).Slug+"/repositories/"+string(repositoryID(c))+"?done="+word)
}
