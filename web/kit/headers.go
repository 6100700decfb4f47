package kit

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// contentPolicy allows what the binary itself serves and nothing inline.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

type requestIDKey struct{}

// GuardHeaders is the first middleware: every answer, errors too, carries the same protection, and every act says where it came from.
func (s *Kit) GuardHeaders(c *fiber.Ctx) error {
	s.setHeaders(c)
	c.SetUserContext(tenant.WithOrigin(c.UserContext(), tenant.Origin{Name: "nobody", Peer: c.IP(), Request: RequestID(c)}))
	return c.Next()
}

// setHeaders is called again by the error writer, because Fiber refuses oversized bodies before any middleware runs.
func (s *Kit) setHeaders(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentSecurityPolicy, contentPolicy)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	if s.Secure {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderXRequestID, RequestID(c))
}

// RequestID is made by us for each request: what a client sends under this name is not taken over.
func RequestID(c *fiber.Ctx) string {
	if known, ok := c.Locals(requestIDKey{}).(string); ok {
		return known
	}
	made := id.New()
	c.Locals(requestIDKey{}, made)
	return made
}
