package kit

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// SetUpPath is the one page of who must set up a second factor first.
const SetUpPath = "/account/factors"

// mustSetUp says whether a person has to set up a second factor before anything else: the instance wants one and there is none.
// Of who came through the identity provider, it is the provider that asks for one.
func (s *Kit) mustSetUp(c *fiber.Ctx, v *Visit) bool {
	if !s.Opts.SecondFactor.Needs(v.User.Admin) || v.Login.SecondFactor || v.Login.Via == user.ByProvider {
		return false
	}
	return c.Path() != "/logout" && c.Path() != SetUpPath && !strings.HasPrefix(c.Path(), SetUpPath+"/")
}

func (s *Kit) answerSetUpFirst(c *fiber.Ctx) error {
	if strings.HasSuffix(c.Path(), "/stream") {
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	return MoveTo(c, SetUpPath)
}
