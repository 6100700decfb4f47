package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/web/status"
)

// showLogin is the sign-in page; who is signed in already goes on.
func (s *Server) showLogin(c *fiber.Ctx) error {
	next := localPath(c.Query("next"))
	if visitOf(c).known() {
		return moveTo(c, next)
	}
	return s.drawLogin(c, fiber.StatusOK, "", next, "")
}

// login takes a password. A wrong one shows the form again with the e-mail kept.
func (s *Server) login(c *fiber.Ctx) error {
	email, next := strings.TrimSpace(c.FormValue("email")), localPath(c.FormValue("next"))
	e, _, err := s.app.People.SignIn(c.UserContext(), email, c.FormValue("password"), c.IP(), c.Get(fiber.HeaderUserAgent))
	if fault.Is(err, fault.Unauthenticated) || fault.Is(err, fault.Exhausted) || fault.Is(err, fault.Forbidden) {
		return s.drawLogin(c, status.Of(err), email, next, err.Error())
	}
	if err != nil {
		return err
	}
	return s.goOn(c, e, next)
}

// logout ends this browser's login, in the database and in the cookie, and goes on to end the one at the identity provider.
func (s *Server) logout(c *fiber.Ctx) error {
	v := visitOf(c)
	end := s.app.People.ProviderEnd(c.UserContext(), v.login, s.address(c, "/login"))
	if err := s.app.People.SignOut(c.UserContext(), v.user.ID, v.login.ID); err != nil {
		return err
	}
	if err := s.cookies.Destroy(c.UserContext()); err != nil {
		return err
	}
	if end != "" {
		return s.leaveFor(c, end, s.app.People.ProviderLabel())
	}
	return moveTo(c, "/login")
}
