package kit

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// request names a request in the log.
type request struct{ ID, method, path string }

// Visit is who asks, read from the database on this request, for which request and action.
type Visit struct {
	Actor   tenant.Actor
	Token   string
	Request request
	action  tenant.Action
}

type visitKey struct{}

// visitIn finds the visit that policy left; the zero visit, who may nothing, on public routes.
func visitIn(ctx context.Context) Visit {
	v, _ := ctx.Value(visitKey{}).(Visit)
	return v
}

// VisitOf is visitOf for plain handlers.
func VisitOf(c *fiber.Ctx) Visit {
	v, _ := c.Locals(visitKey{}).(Visit)
	return v
}

func requestOf(c *fiber.Ctx) request {
	if c.GetRespHeader(fiber.HeaderXRequestID) == "" {
		c.Set(fiber.HeaderXRequestID, id.New())
	}
	return request{c.GetRespHeader(fiber.HeaderXRequestID), c.Method(), c.Path()}
}

// policy lets a request through when its token may do action. Cookies are never looked at.
func (a *Kit) policy(action tenant.Action) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if action == tenant.Public {
			return c.Next()
		}
		v, err := a.checkToken(c, action)
		c.Locals(visitKey{}, v)
		if err != nil {
			return err
		}
		return c.Next()
	}
}

func (a *Kit) checkToken(c *fiber.Ctx, action tenant.Action) (Visit, error) {
	token := apitoken.FromHeader(c.Get(fiber.HeaderAuthorization))
	by, err := a.people.ActorForToken(c.UserContext(), token)
	if err != nil {
		return Visit{}, err
	}
	v := Visit{by, token, requestOf(c), action}
	if err := a.spendRequest(c, by); err != nil {
		return v, err
	}
	if err := checkTenantHeader(c.Get(tenantHeader), by); err != nil {
		return v, err
	}
	return v, by.May(action)
}

// tenantHeader may say which team a program means; a token works in one team only.
const tenantHeader = "X-Tenant-ID"

// checkTenantHeader refuses another team's name and a name nobody has with the same words.
func checkTenantHeader(named string, by tenant.Actor) error {
	if named == "" || named == by.Slug || named == string(by.Tenant) {
		return nil
	}
	return fault.New(fault.Forbidden, "This token is not for the team that X-Tenant-ID names. Leave the header out, or send the id or slug of the token's own team.")
}
