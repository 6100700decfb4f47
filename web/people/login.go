package people

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
	"github.com/industrial-orchestrator/orchestrator/web/status"
)

// ShowLogin is the sign-in page; who is signed in already goes on.
func (s *Pages) ShowLogin(c *fiber.Ctx) error {
	next := webkit.LocalPath(c.Query("next"))
	if webkit.VisitOf(c).Known() {
		return webkit.MoveTo(c, next)
	}
	return s.drawLogin(c, fiber.StatusOK, "", next, "")
}

// Login takes a password. A wrong one shows the form again with the e-mail kept.
func (s *Pages) Login(c *fiber.Ctx) error {
	email, next := strings.TrimSpace(c.FormValue("email")), webkit.LocalPath(c.FormValue("next"))
	e, _, err := s.people.SignIn(c.UserContext(), email, c.FormValue("password"), c.IP(), c.Get(fiber.HeaderUserAgent))
	if fault.Is(err, fault.Unauthenticated) || fault.Is(err, fault.Exhausted) || fault.Is(err, fault.Forbidden) {
		return s.drawLogin(c, status.Of(err), email, next, err.Error())
	}
	if err != nil {
		return err
	}
	return s.goOn(c, e, next)
}

// Logout ends this browser's login, in the database and in the cookie, and goes on to end the one at the identity provider.
func (s *Pages) Logout(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	end := s.people.ProviderEnd(c.UserContext(), v.Login, s.kit.Address(c, "/login"))
	if err := s.people.SignOut(c.UserContext(), v.User.ID, v.Login.ID); err != nil {
		return err
	}
	if err := s.kit.Cookies.Destroy(c.UserContext()); err != nil {
		return err
	}
	if end != "" {
		return s.leaveFor(c, end, s.people.ProviderLabel())
	}
	return webkit.MoveTo(c, "/login")
}
