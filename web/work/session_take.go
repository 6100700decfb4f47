package work

import (
	"github.com/gofiber/fiber/v2"

	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// PushSession pushes the work of a session to a branch and shows where it went.
func (s *Pages) PushSession(c *fiber.Ctx) error {
	if _, err := s.work.PushSession(c.UserContext(), webkit.Actor(c), sessionID(c), c.FormValue("branch")); err != nil {
		return err
	}
	return s.answerVerb(c)
}
