package kit

import (
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// browserCookie is the name of the cookie that proves that somebody signed in with this browser before. It gives no access.
func (s *Kit) browserCookie() string {
	if s.secure {
		return "__Host-browser"
	}
	return "browser"
}

// BrowserToken is what this browser proves an earlier sign-in with, or "".
func (s *Kit) BrowserToken(c *fiber.Ctx) string { return strings.Clone(c.Cookies(s.browserCookie())) }

// rememberBrowser gives this browser the proof that u signed in with it.
func (s *Kit) rememberBrowser(c *fiber.Ctx, u tenant.UserID) error {
	token, err := s.people.RememberBrowser(c.UserContext(), u, s.BrowserToken(c))
	if err != nil {
		return err
	}
	proof := http.Cookie{Name: s.browserCookie(), Value: token, Path: "/", Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		MaxAge: int(apppeople.BrowserLifetime.Seconds())}
	c.Response().Header.Add(fiber.HeaderSetCookie, proof.String())
	return nil
}
