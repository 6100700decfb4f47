// Package console serves the team's audit log.
package console

import (
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Operations are the handlers of the area.
type Operations struct {
	kit     *apikit.Kit
	console *appconsole.Verbs
}

// New makes the operations of the area on the verbs of a.
func New(k *apikit.Kit, a *app.App) *Operations {
	return &Operations{kit: k, console: a.Console}
}
