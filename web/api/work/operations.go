// Package work serves the operations on sessions: moves, messages, permissions, changes, events and their stream.
package work

import (
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Operations are the handlers of the area.
type Operations struct {
	kit    *apikit.Kit
	kernel *appkernel.Kernel
	people *apppeople.Verbs
	work   *appwork.Verbs
}

// New makes the operations of the area on the verbs of a.
func New(k *apikit.Kit, a *app.App) *Operations {
	return &Operations{kit: k, kernel: a.Kernel, people: a.People, work: a.Work}
}
