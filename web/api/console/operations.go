// Package console serves the team's audit log.
package console

import (
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Operations holds the handlers of the area. It is safe for concurrent use.
type Operations struct {
	kit     *apikit.Kit
	console *appconsole.Verbs
}

// New returns the operations of the area without routes. Routes adds them.
func New(k *apikit.Kit, a *app.App) *Operations {
	return &Operations{kit: k, console: a.Console}
}

// Routes registers the operations of the area.
func (a *Operations) Routes() {
	a.auditRoutes()
}
