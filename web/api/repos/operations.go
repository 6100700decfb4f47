// Package repos serves the operations on repositories and the hosts that their sessions can connect to.
package repos

import (
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	apprepos "github.com/industrial-orchestrator/orchestrator/internal/app/repos"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Operations holds the handlers of the area. It is safe for concurrent use.
type Operations struct {
	kit   *apikit.Kit
	repos *apprepos.Verbs
}

// New returns the operations of the area without routes. Routes adds them.
func New(k *apikit.Kit, a *app.App) *Operations {
	return &Operations{kit: k, repos: a.Repos}
}

// Routes registers the operations of the area.
func (a *Operations) Routes() {
	a.repositoryRoutes()
	a.networkRoutes()
	a.repositoryAddressRoutes()
	a.forgeRoutes()
}
