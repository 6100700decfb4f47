package kit

import (
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// contentPolicy allows files of this server and no inline code.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

type requestIDKey struct{}

// SetHeaders is the first middleware. Every answer, errors included, gets the same protective headers, and every action an origin.
func (s *Kit) SetHeaders(c *fiber.Ctx) error {
	s.setHeaders(c)
	c.Locals(peerKey{}, s.peerOf(c))
	c.SetUserContext(tenant.WithOrigin(c.UserContext(), tenant.Origin{Name: "nobody", Peer: Peer(c), Request: RequestID(c)}))
	return c.Next()
}

// setHeaders also runs in the error handler, because Fiber rejects large bodies before any middleware runs.
func (s *Kit) setHeaders(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentSecurityPolicy, contentPolicy)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	if s.secure {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderXRequestID, RequestID(c))
}

// RequestID is the id of a request. A program may choose it for a request to the API; for pages, the server does.
func RequestID(c *fiber.Ctx) string {
	if current, ok := c.Locals(requestIDKey{}).(string); ok {
		return current
	}
	chosen := c.Get(fiber.HeaderXRequestID)
	if !strings.HasPrefix(c.Path(), APIPrefix+"/") || !wellFormedID.MatchString(chosen) {
		chosen = id.New()
	}
	c.Locals(requestIDKey{}, chosen)
	return chosen
}

// wellFormedID matches ids that can be written to a log and a header as they are.
var wellFormedID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{7,127}$`)
