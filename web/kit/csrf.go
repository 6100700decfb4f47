package kit

import (
	"crypto/subtle"
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// SameOrigin refuses unsafe requests from another site. It reads Sec-Fetch-Site, or Origin where a browser does not send that.
func (s *Kit) SameOrigin(c *fiber.Ctx) error {
	r := &http.Request{Method: c.Method(), Host: string(c.Request().Host()), URL: &url.URL{Path: c.Path()}, Header: http.Header{}}
	for _, name := range []string{"Sec-Fetch-Site", fiber.HeaderOrigin} {
		if v := c.Get(name); v != "" {
			r.Header.Set(name, v)
		}
	}
	if err := s.origin.Check(r); err != nil {
		return fault.New(fault.Forbidden, "This request came from another site. Open the page on this server and try again.").Because(err)
	}
	return c.Next()
}

// checkFormToken refuses unsafe requests of a signed-in person without the token of their pages.
func checkFormToken(c *fiber.Ctx, v *Visit) error {
	if isSafe(c.Method()) {
		return nil
	}
	sent := c.Get("X-CSRF-Token")
	if sent == "" {
		sent = c.FormValue("csrf")
	}
	if v.csrf == "" || subtle.ConstantTimeCompare([]byte(sent), []byte(v.csrf)) != 1 {
		return fault.New(fault.Forbidden, "This form is out of date: you have signed in or switched teams since it was opened. Reload the page and try again.")
	}
	return nil
}

// isSafe reports whether a method changes nothing.
func isSafe(method string) bool {
	return method == fiber.MethodGet || method == fiber.MethodHead || method == fiber.MethodOptions
}
