package repos

import (
	"github.com/gofiber/fiber/v2"

	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// AllowAgentConfig sets whether the agent configuration in a repository is used.
func (s *Pages) AllowAgentConfig(c *fiber.Ctx) error {
	allowed, word := c.FormValue("allowed") == "yes", "config-refused"
	if allowed {
		word = "config-allowed"
	}
	if err := s.repos.AllowAgentConfig(c.UserContext(), webkit.Actor(c), repositoryID(c), allowed); err != nil {
		return err
	}
	return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/repositories/"+string(repositoryID(c))+"?done="+word)
}
