// Package api wires /api/v1, what other programs use: JSON by huma, event streams by plain Fiber handlers, an OpenAPI document of
// both. The operations are in the areas below it, what they share in kit. They call verbs of internal/app as pages do and know no
// SQL. Names and shapes are promises: they only ever grow.
package api

import (
	"maps"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apiconsole "github.com/industrial-orchestrator/orchestrator/web/api/console"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	apimodels "github.com/industrial-orchestrator/orchestrator/web/api/models"
	apipeople "github.com/industrial-orchestrator/orchestrator/web/api/people"
	apirepos "github.com/industrial-orchestrator/orchestrator/web/api/repos"
	apiwork "github.com/industrial-orchestrator/orchestrator/web/api/work"
)

// API is the machine's interface. After Routes it is safe for concurrent use.
type API struct {
	kit     *apikit.Kit
	people  *apipeople.Operations
	models  *apimodels.Operations
	repos   *apirepos.Operations
	work    *apiwork.Operations
	console *apiconsole.Operations
}

// New makes an API that Routes mounts.
func New(o apikit.Options) *API {
	k := apikit.New(o)
	return &API{kit: k, people: apipeople.New(k, o.App), models: apimodels.New(k, o.App), repos: apirepos.New(k, o.App), work: apiwork.New(k, o.App),
		console: apiconsole.New(k, o.App)}
}

// Routes registers every operation below r, which is the group /api/v1, and answers everything else there.
func (a *API) Routes(r fiber.Router) {
	a.kit.Begin(r)
	a.people.MeRoutes()
	a.people.MemberRoutes()
	a.models.ProviderRoutes()
	a.repos.RepositoryRoutes()
	a.repos.NetworkRoutes()
	a.models.ProviderAddressRoutes()
	a.repos.RepositoryAddressRoutes()
	a.work.SessionRoutes()
	a.work.MoveRoutes()
	a.work.MessageRoutes()
	a.work.EventRoutes()
	a.work.AskRoutes()
	a.work.ChangeRoutes()
	a.console.AuditRoutes()
	a.models.BudgetRoutes()
	a.kit.End(r)
}

// Refuse writes an error below /api/v1 as a problem.
func (a *API) Refuse(c *fiber.Ctx, err error) error { return a.kit.Refuse(c, err) }

// Streams is how many event streams are open.
func (a *API) Streams() int64 { return a.kit.Streams.Load() }

// Policies lists every route below the prefix, as method and path, with the action that opens it.
func (a *API) Policies() map[string]tenant.Action { return maps.Clone(a.kit.Policies) }
