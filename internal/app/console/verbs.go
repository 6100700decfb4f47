// Package console holds the verbs of the operator: teams and their quotas, figures, queues, processes, health, retention, the audit
// logs with their seal, key rotation, and the export of a team.
package console

import (
	"context"
	"sync"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	apprepos "github.com/industrial-orchestrator/orchestrator/internal/app/repos"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Options are what the console reads and ends outside the database. Where one is nil, there is nothing to read or end.
type Options struct {
	// AuditHeads is the file that keeps the heads of the audit logs outside the database; empty keeps none.
	AuditHeads string
	// Jobs reports how the loops of this server are doing.
	Jobs func() []instance.Job
	// Measure fills in what processes use now.
	Measure func([]instance.Process)
	// EndAgents ends a team's agent process with everything it started.
	EndAgents func(context.Context, tenant.ID) error
	// Readings are the host's own health checks.
	Readings func(context.Context) []instance.Check
}

// Verbs are safe for concurrent use.
type Verbs struct {
	k      *appkernel.Kernel
	people *apppeople.Verbs
	models *appmodels.Verbs
	repos  *apprepos.Verbs
	work   *appwork.Verbs
	opts   Options
	// sealing lets one seal at a time; doubted are the audit chains whose doubt was logged.
	sealing sync.Mutex
	doubted sync.Map
}

// New makes the verbs of the area.
func New(k *appkernel.Kernel, people *apppeople.Verbs, models *appmodels.Verbs, repos *apprepos.Verbs, work *appwork.Verbs, o Options) *Verbs {
	return &Verbs{k: k, people: people, models: models, repos: repos, work: work, opts: o}
}
