// Package console serves the operator's console: teams, people, usage, queues, processes, health, settings, and the audit logs.
package console

import (
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// Pages holds the handlers of the area. It is safe for concurrent use.
type Pages struct {
	kit     *webkit.Kit
	kernel  *appkernel.Kernel
	people  *apppeople.Verbs
	models  *appmodels.Verbs
	console *appconsole.Verbs
}

// New returns the handlers.
func New(k *webkit.Kit, a *app.App) *Pages {
	return &Pages{kit: k, kernel: a.Kernel, people: a.People, models: a.Models, console: a.Console}
}
