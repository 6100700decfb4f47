// Package models serves the operations on model providers and budgets.
package models

import (
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Operations holds the handlers of the area. It is safe for concurrent use.
type Operations struct {
	kit    *apikit.Kit
	models *appmodels.Verbs
}

// New returns the operations of the area without routes. Routes adds them.
func New(k *apikit.Kit, a *app.App) *Operations {
	return &Operations{kit: k, models: a.Models}
}

// Routes registers the operations of the area.
func (a *Operations) Routes() {
	a.providerRoutes()
	a.providerAddressRoutes()
	a.budgetRoutes()
}
