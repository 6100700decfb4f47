// Package repos serves the pages about repositories: clone, hosts, host keys, agent configuration.
package repos

import (
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	apprepos "github.com/industrial-orchestrator/orchestrator/internal/app/repos"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// Pages holds the handlers of the area. It is safe for concurrent use.
type Pages struct {
	kit   *webkit.Kit
	repos *apprepos.Verbs
}

// New returns the handlers and registers the views of their streams in k.
func New(k *webkit.Kit, a *app.App) *Pages {
	s := &Pages{kit: k, repos: a.Repos}
	k.Views["repositories"] = webkit.StatelessView(s.repositoryRegions)
	k.AlwaysPaint["repositories"] = true // the progress of a clone is no change of a session
	return s
}
