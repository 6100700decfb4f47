package kit

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// request identifies a request in the log.
type request struct{ ID, method, path string }

// Visit is the actor of a request as the database has them now, with the request and its action.
type Visit struct {
	Actor   tenant.Actor
	Token   string
	Request request
	action  tenant.Action
}

type visitKey struct{}

// visitIn returns the visit that policy left. On public routes it is the zero visit, who may do nothing.
func visitIn(ctx context.Context) Visit {
	v, _ := ctx.Value(visitKey{}).(Visit)
	return v
}

// VisitOf does the same for plain handlers.
func VisitOf(c *fiber.Ctx) Visit {
	v, _ := c.Locals(visitKey{}).(Visit)
	return v
}

// requestOf identifies a request, and gives it an ID if it has none.
func requestOf(c *fiber.Ctx) request {
	if c.GetRespHeader(fiber.HeaderXRequestID) == "" {
		c.Set(fiber.HeaderXRequestID, id.New())
	}
	return request{c.GetRespHeader(fiber.HeaderXRequestID), c.Method(), c.Path()}
}

// policy passes a request on if its token is allowed action. Cookies are ignored.
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

// checkToken authenticates the token, counts the request and checks team and action.
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

// tenantHeader may name the team that a program means. A token works in one team only.
const tenantHeader = "X-Tenant-ID"

// checkTenantHeader refuses the name of another team and a name that no team has with the same words.
func checkTenantHeader(named string, by tenant.Actor) error {
	if named == "" || named == by.Slug || named == string(by.Tenant) {
		return nil
	}
	return fault.New(fault.Forbidden, "This token does not belong to the team in X-Tenant-ID. Omit the header, or send the ID or slug of the token's team.")
}
