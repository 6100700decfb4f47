// Package models serves the pages about model providers and about what a team used: budget and cost.
package models

import (
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// Pages holds the handlers of the area. It is safe for concurrent use.
type Pages struct {
	kit    *webkit.Kit
	people *apppeople.Verbs
	models *appmodels.Verbs
	work   *appwork.Verbs
}

// New returns the handlers and registers the views of their streams in k.
func New(k *webkit.Kit, a *app.App) *Pages {
	s := &Pages{kit: k, people: a.People, models: a.Models, work: a.Work}
	k.Views["budget"] = webkit.StatelessView(s.budgetRegions)
	return s
}
