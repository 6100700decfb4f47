package repos

import (
	"github.com/gofiber/fiber/v2"

	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// AllowAgentConfig lets what a repository says about its agents count, or no more.
func (s *Pages) AllowAgentConfig(c *fiber.Ctx) error {
	allowed, word := c.FormValue("allowed") == "yes", "config-refused"
	if allowed {
		word = "config-allowed"
	}
	if err := s.repos.AllowAgentConfig(c.UserContext(), webkit.Actor(c), repositoryID(c), allowed); err != nil {
		return err
	}
	return webkit.MoveTo(c, "/t/"+webkit.Actor(c).Slug+"/repositories/"+string(repositoryID(c))+"?done="+word)
}
