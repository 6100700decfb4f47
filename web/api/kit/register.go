package kit

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// call is one operation: who asks, what was sent, what is answered.
type call[I, O any] func(ctx context.Context, by tenant.Actor, in *I) (*O, error)

// Add registers an operation that speaks JSON. It and plain are the only ways to a route: without an action there is none.
func Add[I, O any](a *Kit, action tenant.Action, op huma.Operation, h call[I, O]) {
	a.gate.action = action
	op = describe(op)
	op.Metadata = map[string]any{schemasKey: a.huma.OpenAPI().Components.Schemas}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		v := visitIn(ctx)
		out, err := h(ctx, v.Actor, in)
		if err != nil {
			a.noteRefusal(ctx, v, err)
			return nil, a.problemOf(v.Request, err)
		}
		return out, nil
	})
}

// AddPlain registers a handler that writes its answer itself; what the document says of it is op, written by hand.
func (a *Kit) AddPlain(action tenant.Action, op huma.Operation, h fiber.Handler) {
	op = describe(op)
	a.Route(op.Method, fiberPath(op.Path), action, h)
	a.addToDocument(&op)
}

// describe adds what all operations have in common.
func describe(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{{bearer: {}}}
	op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests)
	if strings.Contains(op.Path, "{") {
		op.Errors = append(op.Errors, http.StatusNotFound)
	}
	if op.Method == http.MethodPost {
		op.Errors = append(op.Errors, http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	return op
}

// gate hands huma's routes to the router, with the action of the operation that is being registered.
type gate struct {
	fiber.Router
	api    *Kit
	action tenant.Action
}

// Add is what huma calls for each operation.
func (g *gate) Add(method, path string, handlers ...fiber.Handler) fiber.Router {
	g.api.Route(method, path, g.action, handlers...)
	return g
}

// Route puts the policy of action before the handlers. What answers GET answers HEAD.
func (a *Kit) Route(method, path string, action tenant.Action, handlers ...fiber.Handler) {
	if action == "" {
		panic("a route without an action: " + method + " " + path)
	}
	handlers = append([]fiber.Handler{a.policy(action)}, handlers...)
	a.Policies[method+" "+path] = action
	a.gate.Router.Add(method, path, handlers...)
	if method == fiber.MethodGet {
		a.Route(fiber.MethodHead, path, action, handlers[1:]...)
	}
}

// fiberPath writes a path of the document as Fiber does: {id} is :id.
func fiberPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// Unknown answers what no operation takes: 405 where the path is one of ours with another method, else the one 404.
func (a *Kit) answerUnknown(c *fiber.Ctx) error {
	if allowed := a.methodsAt(c.Path()); len(allowed) > 0 {
		c.Set(fiber.HeaderAllow, strings.Join(allowed, ", "))
		return fiber.ErrMethodNotAllowed
	}
	return fiber.ErrNotFound
}

func (a *Kit) methodsAt(path string) (allowed []string) {
	cfg := fiber.Config{StrictRouting: true, CaseSensitive: true}
	for _, method := range []string{fiber.MethodGet, fiber.MethodHead, fiber.MethodPost, fiber.MethodDelete} {
		for known := range a.Policies {
			m, pattern, _ := strings.Cut(known, " ")
			if m == method && fiber.RoutePatternMatch(strings.TrimPrefix(path, Prefix), pattern, cfg) {
				allowed = append(allowed, method)
				break
			}
		}
	}
	return allowed
}
