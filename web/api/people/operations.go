// Package people serves the operations on the token's owner, members and invitations.
package people

import (
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Operations holds the handlers of the area. It is safe for concurrent use.
type Operations struct {
	kit    *apikit.Kit
	people *apppeople.Verbs
}

// New returns the operations of the area without routes. Routes adds them.
func New(k *apikit.Kit, a *app.App) *Operations {
	return &Operations{kit: k, people: a.People}
}

// Routes registers the operations of the area.
func (a *Operations) Routes() {
	a.meRoutes()
	a.memberRoutes()
}
