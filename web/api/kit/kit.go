// Package kit is what the operations of several areas share: registration with an action, authentication, problems, rate limits,
// the OpenAPI document and common types. It has no operation except the document.
package kit

import (
	"log/slog"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"golang.org/x/time/rate"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/web/places"
)

// Prefix is where the API is mounted.
const Prefix = "/api/v1"

// Options are what the API needs. Clock and Log have defaults.
type Options struct {
	App     *app.App
	Version string
	Clock   clock.Clock
	Log     *slog.Logger
}

// Kit holds what the operations share. It is safe for concurrent use after the routes are registered.
type Kit struct {
	Clock clock.Clock
	Log   *slog.Logger
	// Policies are the actions of all routes, by method and path below Prefix.
	Policies map[string]tenant.Action
	// Streams counts the open event streams.
	Streams atomic.Int64

	version string
	// document is the finished description of all operations, as JSON.
	document   []byte
	otherNames []OtherName
	// objects are read to compare their ETags, by path. matching queues the requests that compare.
	objects  map[string]object
	matching queues
	huma     huma.API
	gate     *gate
	rates    rates
	kernel   *appkernel.Kernel
	people   *apppeople.Verbs
}

// New returns a kit without routes.
func New(o Options) *Kit {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Kit{Clock: o.Clock, Log: o.Log, version: o.Version, Policies: map[string]tenant.Action{}, objects: map[string]object{}, rates: rates{byTeam: map[tenant.ID]*rate.Limiter{}}, kernel: o.App.Kernel, people: o.App.People}
}

// KeepPlace returns what a stream calls at its end; until then its request counts as in progress.
func KeepPlace(c *fiber.Ctx) (leave func()) { return places.Keep(c) }

// Begin sets the group that operations are registered in until End.
func (a *Kit) Begin(r fiber.Router) {
	a.gate = &gate{Router: r, api: a}
	a.huma = a.newHuma()
}

// Document is the OpenAPI document of all operations as it is served. It is empty before End.
func (a *Kit) Document() []byte { return a.document }

// End registers the document of all operations, and the answer to everything that is no operation.
func (a *Kit) End(r fiber.Router) {
	a.documentRoute()
	r.Use(a.answerUnknown)
}
