package kit

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// SetUpPath is the only page for a person who must set up a second factor first.
const SetUpPath = "/account/factors"

// mustSetUp reports whether a person has to set up a second factor before anything else, because the instance requires one. A
// person who signed in through the identity provider is exempt: the provider checks theirs.
func (s *Kit) mustSetUp(c *fiber.Ctx, v *Visit) bool {
	if !s.Opts.SecondFactor.Needs(v.User.Admin) || v.Login.SecondFactor || v.Login.Via == user.ByProvider {
		return false
	}
	return c.Path() != "/logout" && c.Path() != SetUpPath && !strings.HasPrefix(c.Path(), SetUpPath+"/")
}

// answerSetUpFirst redirects to the page where a second factor is set up.
func (s *Kit) answerSetUpFirst(c *fiber.Ctx) error {
	if strings.HasSuffix(c.Path(), "/stream") {
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	return Redirect(c, SetUpPath)
}
