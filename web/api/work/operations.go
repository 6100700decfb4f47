// Package work serves the operations on sessions: moves, messages, permissions, changes, events and their stream.
package work

import (
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Operations holds the handlers of the area. It is safe for concurrent use.
type Operations struct {
	kit    *apikit.Kit
	kernel *appkernel.Kernel
	people *apppeople.Verbs
	work   *appwork.Verbs
}

// New returns the operations of the area without routes. Routes adds them.
func New(k *apikit.Kit, a *app.App) *Operations {
	return &Operations{kit: k, kernel: a.Kernel, people: a.People, work: a.Work}
}

// Routes registers the operations of the area.
func (a *Operations) Routes() {
	a.sessionRoutes()
	a.feedbackRoutes()
	a.moveRoutes()
	a.loopRoutes()
	a.limitRoutes()
	a.messageRoutes()
	a.eventRoutes()
	a.askRoutes()
	a.changeRoutes()
	a.takeRoutes()
	a.pullRoutes()
	a.checkpointRoutes()
	a.mergeRoutes()
}
