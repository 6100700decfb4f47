package kit

import (
	"cmp"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// noteRefusal has it written down that somebody may not do what they asked; the API writes down its own.
func (s *Kit) noteRefusal(c *fiber.Ctx, err error) {
	if !fault.Is(err, fault.Forbidden) || fromProgram(c) {
		return
	}
	route := c.Method() + " " + c.Route().Path
	action := cmp.Or(s.Policies[route], tenant.Action("request"))
	s.kernel.Refused(c.UserContext(), Actor(c), string(action), c.Params("id"), route+": "+err.Error())
}
