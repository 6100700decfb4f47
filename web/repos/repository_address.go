package repos

import (
	"github.com/gofiber/fiber/v2"

	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// MoveRepository changes the clone URL. The stored credential is removed unless the form has a new one.
func (s *Pages) MoveRepository(c *fiber.Ctx) error {
	err := s.repos.MoveRepository(c.UserContext(), webkit.Actor(c), repositoryID(c), c.FormValue("url"), c.FormValue("credential"))
	if err == nil {
		return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/repositories/"+string(repositoryID(c))+"?done=moved")
	}
	return s.refuseRepository(c, err)
}

// refuseRepository shows a repository again with the faults of a form.
func (s *Pages) refuseRepository(c *fiber.Ctx, err error) error {
	faults := webkit.FaultsOf(err)
	if faults == nil {
		return err
	}
	webkit.AskAgain(c, "credential", faults)
	r, err := s.repos.Repository(c.UserContext(), webkit.Actor(c), repositoryID(c))
	if err != nil {
		return err
	}
	return s.drawRepository(c, fiber.StatusUnprocessableEntity, r, faults)
}
