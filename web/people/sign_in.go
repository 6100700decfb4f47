package people

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
	"github.com/industrial-orchestrator/orchestrator/web/status"
)

// ShowSignIn shows the sign-in page. A person who is signed in is redirected to the next page.
func (s *Pages) ShowSignIn(c *fiber.Ctx) error {
	next := webkit.LocalPath(c.Query("next"))
	if webkit.VisitOf(c).IsSignedIn() {
		return webkit.Redirect(c, next)
	}
	return s.drawSignIn(c, fiber.StatusOK, "", next, "")
}

// SignIn checks e-mail and password. After a wrong password the form is shown again with the e-mail.
func (s *Pages) SignIn(c *fiber.Ctx) error {
	email, next := strings.TrimSpace(c.FormValue("email")), webkit.LocalPath(c.FormValue("next"))
	e, _, err := s.people.SignIn(c.UserContext(), apppeople.Credentials{Email: email, Password: c.FormValue("password"), Peer: webkit.Peer(c),
		UserAgent: c.Get(fiber.HeaderUserAgent), Browser: s.kit.BrowserToken(c)})
	if fault.Is(err, fault.Unauthenticated) || fault.Is(err, fault.Exhausted) || fault.Is(err, fault.Forbidden) {
		return s.drawSignIn(c, status.Of(err), email, next, err.Error())
	}
	if err != nil {
		return err
	}
	return s.continueSignIn(c, e, next)
}

// SignOut ends this browser's login, in the database and in the cookie, and then the login at the identity provider.
func (s *Pages) SignOut(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	end := s.people.ProviderEnd(c.UserContext(), v.Login, s.kit.AbsoluteURL(c, "/login"))
	if err := s.people.SignOut(c.UserContext(), v.User.ID, v.Login.ID); err != nil {
		return err
	}
	if err := s.kit.Cookies.Destroy(c.UserContext()); err != nil {
		return err
	}
	if end != "" {
		return s.redirectToSite(c, end, s.people.ProviderLabel())
	}
	return webkit.Redirect(c, "/login")
}
