// Package models serves the operations on model providers and budgets.
package models

import (
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Operations are the handlers of the area.
type Operations struct {
	kit    *apikit.Kit
	models *appmodels.Verbs
}

// New makes the operations of the area on the verbs of a.
func New(k *apikit.Kit, a *app.App) *Operations {
	return &Operations{kit: k, models: a.Models}
}
