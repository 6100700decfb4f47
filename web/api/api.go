// Package api serves /api/v1 to other programs: JSON by huma, event streams by plain Fiber handlers, an OpenAPI document of both.
// It asks verbs of internal/app as pages do and knows no SQL. Names and shapes are promises: they only ever grow.
package api

import (
	"log/slog"
	"maps"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"golang.org/x/time/rate"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Options are what the API needs. Clock and Log have defaults.
type Options struct {
	App     *app.App
	Version string
	Clock   clock.Clock
	Log     *slog.Logger
}

// API is the machine's interface. After Routes it is safe for concurrent use.
type API struct {
	app      *app.App
	clock    clock.Clock
	log      *slog.Logger
	version  string
	huma     huma.API
	gate     *gate
	policies map[string]tenant.Action
	streams  atomic.Int64
	rates    rates
}

// New makes an API that Routes mounts.
func New(o Options) *API {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &API{app: o.App, clock: o.Clock, log: o.Log, version: o.Version, policies: map[string]tenant.Action{}, rates: rates{of: map[tenant.ID]*rate.Limiter{}}}
}

// Routes registers every operation below r, which is the group /api/v1, and answers everything else there.
func (a *API) Routes(r fiber.Router) {
	a.gate = &gate{Router: r, api: a}
	a.huma = a.newHuma()
	a.meRoutes()
	a.memberRoutes()
	a.providerRoutes()
	a.repositoryRoutes()
	a.networkRoutes()
	a.providerAddressRoutes()
	a.repositoryAddressRoutes()
	a.sessionRoutes()
	a.moveRoutes()
	a.messageRoutes()
	a.eventRoutes()
	a.askRoutes()
	a.changeRoutes()
	a.auditRoutes()
	a.budgetRoutes()
	a.documentRoute()
	r.Use(a.unknown)
}

// Streams is how many event streams are open.
func (a *API) Streams() int64 { return a.streams.Load() }

// Policies lists every route below Prefix, as method and path, with the action that opens it.
func (a *API) Policies() map[string]tenant.Action { return maps.Clone(a.policies) }
