// Package agents holds the verbs for a team's agents: the registry with its versions, maintenance, figures, and routing.
package agents

import (
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
)

// Verbs are safe for concurrent use.
type Verbs struct {
	k      *appkernel.Kernel
	models *appmodels.Verbs
}

// New returns the verbs of the area.
func New(k *appkernel.Kernel, models *appmodels.Verbs) *Verbs {
	return &Verbs{k: k, models: models}
}
