// Package kit is what the operations of every area share: registration with an action, who asks, problems, rate limits, the OpenAPI
// document and common types. It has no operation of its own but the document.
package kit

import (
	"github.com/gofiber/fiber/v2"

	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"golang.org/x/time/rate"

	"log/slog"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
)

// Options are what the API needs. Clock and Log have defaults.
type Options struct {
	App     *app.App
	Version string
	Clock   clock.Clock
	Log     *slog.Logger
}

// Kit is shared by the areas. It is safe for concurrent use after the routes are registered.
type Kit struct {
	Clock    clock.Clock
	Log      *slog.Logger
	Policies map[string]tenant.Action
	Streams  atomic.Int64

	version string
	huma    huma.API
	gate    *gate
	rates   rates
	kernel  *appkernel.Kernel
	people  *apppeople.Verbs
}

// New makes a Kit; Clock and Log have defaults.
func New(o Options) *Kit {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Kit{Clock: o.Clock, Log: o.Log, version: o.Version, Policies: map[string]tenant.Action{}, rates: rates{byTeam: map[tenant.ID]*rate.Limiter{}}, kernel: o.App.Kernel, people: o.App.People}
}

// Begin takes the group below which operations are registered from here on; End answers everything else there.
func (a *Kit) Begin(r fiber.Router) {
	a.gate = &gate{Router: r, api: a}
	a.huma = a.newHuma()
}

// End registers the document of all operations and the answer to what is none.
func (a *Kit) End(r fiber.Router) {
	a.documentRoute()
	r.Use(a.answerUnknown)
}
