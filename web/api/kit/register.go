package kit

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// call is one operation: it receives the actor and the input and returns the answer.
type call[I, O any] func(ctx context.Context, by tenant.Actor, in *I) (*O, error)

// Add registers an operation with JSON input and output. A route exists only through Add, AddPlain or Route, which need an action.
func Add[I, O any](a *Kit, action tenant.Action, op huma.Operation, h call[I, O]) {
	a.gate.action, a.gate.before = action, a.beforeHandler(op, hasTag(reflect.TypeFor[O]()))
	if isObject(op) && hasTag(reflect.TypeFor[O]()) {
		keepObject(a, fiberPath(op.Path), h)
	}
	op = describe(op, action)
	op.Metadata = map[string]any{schemasKey: a.huma.OpenAPI().Components.Schemas}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		v := visitIn(ctx)
		out, err := h(ctx, v.Actor, in)
		if err != nil {
			a.recordRefusal(ctx, v, err)
			return nil, a.problemOf(v.Request, err)
		}
		return out, nil
	})
}

// AddPlain registers a handler that writes its own answer. op is its description for the document.
func (a *Kit) AddPlain(action tenant.Action, op huma.Operation, h fiber.Handler) {
	handlers := append(a.beforeHandler(op, false), h)
	op = describe(op, action)
	a.Route(op.Method, fiberPath(op.Path), action, handlers...)
	a.addToDocument(&op)
}

// hasBody reports whether requests of a method can have a body here.
func hasBody(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

// describe adds what all operations have in common: security, the weakest role and scope that suffice, and errors.
func describe(op huma.Operation, action tenant.Action) huma.Operation {
	op.Security = []map[string][]string{{bearer: {}}}
	op.Extensions = map[string]any{"x-role": action.Role(), "x-token-scope": apitoken.ScopeFor(action.Role())}
	op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests)
	if strings.Contains(op.Path, "{") {
		op.Errors = append(op.Errors, http.StatusNotFound)
	}
	if op.Method != http.MethodGet && slices.Contains(taggedNouns, objectPath(op.Path)) {
		op.Parameters, op.Errors = append(op.Parameters, matchParam), append(op.Errors, http.StatusPreconditionFailed)
	}
	if creates(op) {
		op.Parameters = append(op.Parameters, keyParam)
	}
	if hasBody(op.Method) {
		op.Errors = append(op.Errors, http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	return op
}

// beforeHandler are the handlers that an operation's headers require: its ETag, its idempotency key, its precondition.
func (a *Kit) beforeHandler(op huma.Operation, tagged bool) (all []fiber.Handler) {
	if tagged {
		all = append(all, setTag)
	}
	if creates(op) {
		all = append(all, a.runOnce)
	}
	if op.Method != http.MethodGet {
		all = append(all, a.checkMatch(objectPath(fiberPath(op.Path))))
	}
	return all
}

// gate passes huma's routes to the router, with the action of the operation that is being registered.
type gate struct {
	fiber.Router
	api    *Kit
	action tenant.Action
	// before runs between the policy and the operation.
	before []fiber.Handler
}

// Add is what huma calls for each operation.
func (g *gate) Add(method, path string, handlers ...fiber.Handler) fiber.Router {
	g.api.Route(method, path, g.action, append(g.before, handlers...)...)
	return g
}

// Route registers handlers behind the policy of action, for HEAD too if the method is GET. It panics without an action.
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

// answerUnknown answers requests for no operation: 405 if the path exists with another method, else 404.
func (a *Kit) answerUnknown(c *fiber.Ctx) error {
	if allowed := a.methodsAt(c.Path()); len(allowed) > 0 {
		c.Set(fiber.HeaderAllow, strings.Join(allowed, ", "))
		return fiber.ErrMethodNotAllowed
	}
	return fiber.ErrNotFound
}

// methodsAt are the methods of a path.
func (a *Kit) methodsAt(path string) (allowed []string) {
	cfg := fiber.Config{StrictRouting: true, CaseSensitive: true}
	for _, method := range []string{fiber.MethodGet, fiber.MethodHead, fiber.MethodPost, fiber.MethodPut, fiber.MethodPatch, fiber.MethodDelete} {
		for route := range a.Policies {
			m, pattern, _ := strings.Cut(route, " ")
			if m == method && fiber.RoutePatternMatch(strings.TrimPrefix(path, Prefix), pattern, cfg) {
				allowed = append(allowed, method)
				break
			}
		}
	}
	return allowed
}
