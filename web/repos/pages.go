// Package repos serves the pages about repositories: clone, hosts, host keys, agent configuration.
package repos

import (
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	apprepos "github.com/industrial-orchestrator/orchestrator/internal/app/repos"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// Pages are the handlers of the area.
type Pages struct {
	kit   *webkit.Kit
	repos *apprepos.Verbs
}

// New makes the handlers and registers what their streams paint.
func New(k *webkit.Kit, a *app.App) *Pages {
	s := &Pages{kit: k, repos: a.Repos}
	k.Views["repositories"] = webkit.Same(s.repositoryRegions)
	k.Restless["repositories"] = true // the progress of a clone rings no bell
	return s
}
