package kit

import (
	"crypto/subtle"
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// SameOrigin refuses unsafe requests that another site made: by Sec-Fetch-Site, or by Origin where a browser does not send that.
func (s *Kit) SameOrigin(c *fiber.Ctx) error {
	r := &http.Request{Method: c.Method(), Host: string(c.Request().Host()), URL: &url.URL{Path: c.Path()}, Header: http.Header{}}
	for _, name := range []string{"Sec-Fetch-Site", fiber.HeaderOrigin} {
		if v := c.Get(name); v != "" {
			r.Header.Set(name, v)
		}
	}
	if err := s.Origin.Check(r); err != nil {
		return fault.New(fault.Forbidden, "This request came from another site. Open the page here and send it again.").Because(err)
	}
	return c.Next()
}

// formToken refuses unsafe requests of a signed-in person that do not carry the token their pages were drawn with.
func formToken(c *fiber.Ctx, v *Visit) error {
	if safe(c.Method()) {
		return nil
	}
	sent := c.Get("X-CSRF-Token")
	if sent == "" {
		sent = c.FormValue("csrf")
	}
	if v.csrf == "" || subtle.ConstantTimeCompare([]byte(sent), []byte(v.csrf)) != 1 {
		return fault.New(fault.Forbidden, "This form is too old: it was drawn before you signed in or switched teams. Reload the page and send it again.")
	}
	return nil
}

func safe(method string) bool {
	return method == fiber.MethodGet || method == fiber.MethodHead || method == fiber.MethodOptions
}
