// Package api wires /api/v1 for programs: JSON through huma, event streams through plain Fiber handlers, and an OpenAPI document of
// both. The operations are in the area packages below it, and what they share is in web/api/kit. They call verbs of internal/app
// as pages do and use no SQL. Names and shapes are promises: fields are added, never renamed or removed.
package api

import (
	"maps"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apiagents "github.com/industrial-orchestrator/orchestrator/web/api/agents"
	apiconsole "github.com/industrial-orchestrator/orchestrator/web/api/console"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	apimodels "github.com/industrial-orchestrator/orchestrator/web/api/models"
	apipeople "github.com/industrial-orchestrator/orchestrator/web/api/people"
	apirepos "github.com/industrial-orchestrator/orchestrator/web/api/repos"
	apiwork "github.com/industrial-orchestrator/orchestrator/web/api/work"
)

// API serves programs. It is safe for concurrent use after Routes.
type API struct {
	kit     *apikit.Kit
	people  *apipeople.Operations
	models  *apimodels.Operations
	agents  *apiagents.Operations
	repos   *apirepos.Operations
	work    *apiwork.Operations
	console *apiconsole.Operations
}

// New returns an API without routes. Routes adds them.
func New(o apikit.Options) *API {
	k := apikit.New(o)
	return &API{kit: k, people: apipeople.New(k, o.App), models: apimodels.New(k, o.App), agents: apiagents.New(k, o.App), repos: apirepos.New(k, o.App), work: apiwork.New(k, o.App),
		console: apiconsole.New(k, o.App)}
}

// Routes registers every operation below r, which is the group /api/v1, and the answer to everything else there.
func (a *API) Routes(r fiber.Router) {
	a.kit.Begin(r)
	a.people.Routes()
	a.models.Routes()
	a.agents.Routes()
	a.repos.Routes()
	a.work.Routes()
	a.console.Routes()
	a.kit.End(r)
}

// Refuse writes an error below /api/v1 as a problem.
func (a *API) Refuse(c *fiber.Ctx, err error) error { return a.kit.Refuse(c, err) }

// Streams is the number of open event streams.
func (a *API) Streams() int64 { return a.kit.Streams.Load() }

// Document is the OpenAPI document of all operations. It is empty before Routes.
func (a *API) Document() []byte { return a.kit.Document() }

// Policies lists every route below the prefix, as method and path, with its action.
func (a *API) Policies() map[string]tenant.Action { return maps.Clone(a.kit.Policies) }
