// Package repos serves the operations on repositories and the hosts their sessions may reach.
package repos

import (
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	apprepos "github.com/industrial-orchestrator/orchestrator/internal/app/repos"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Operations are the handlers of the area.
type Operations struct {
	kit   *apikit.Kit
	repos *apprepos.Verbs
}

// New makes the operations of the area on the verbs of a.
func New(k *apikit.Kit, a *app.App) *Operations {
	return &Operations{kit: k, repos: a.Repos}
}
