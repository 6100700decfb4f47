// Package work serves the pages about sessions: overview, list, the session with its tabs, and their streams.
package work

import (
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appagents "github.com/industrial-orchestrator/orchestrator/internal/app/agents"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	apprepos "github.com/industrial-orchestrator/orchestrator/internal/app/repos"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// Pages holds the handlers of the area. It is safe for concurrent use.
type Pages struct {
	kit    *webkit.Kit
	kernel *appkernel.Kernel
	people *apppeople.Verbs
	models *appmodels.Verbs
	agents *appagents.Verbs
	repos  *apprepos.Verbs
	work   *appwork.Verbs
}

// New returns the handlers and registers the views of their streams in k.
func New(k *webkit.Kit, a *app.App) *Pages {
	s := &Pages{kit: k, kernel: a.Kernel, people: a.People, models: a.Models, agents: a.Agents, repos: a.Repos, work: a.Work}
	k.Views["sessions"] = s.listViewOf
	k.Views["overview"] = webkit.StatelessView(s.overviewRegions)
	k.Views["needs-you"] = webkit.StatelessView(s.needsRegions)
	k.Views["merge-queue"] = s.mergeViewOf
	k.AlwaysPaint["merge-queue"] = true // the steps of a queue are no changes of a session
	return s
}
