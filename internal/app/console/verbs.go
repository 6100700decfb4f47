// Package console holds the verbs for admins and the operator: teams and their quotas, figures, queues, processes, health, retention,
// the audit logs with their seals, key rotation, and the export of a team.
package console

import (
	"context"
	"sync"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	apprepos "github.com/industrial-orchestrator/orchestrator/internal/app/repos"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Options are the console's dependencies outside the database; each may be nil.
type Options struct {
	// AuditHeads is the file that stores the heads of the audit logs outside the database; if it is empty, they are not stored.
	AuditHeads string
	// AuditNote is a file in the data directory that says where the heads are. Earlier versions kept the heads themselves in it.
	AuditNote string
	// DataFull returns an Unavailable fault if nothing more can be written to the data directory.
	DataFull func() error
	// Jobs returns the state of this server's loops.
	Jobs func() []instance.Job
	// Measure sets the current resource use of processes.
	Measure func([]instance.Process)
	// EndAgents ends a team's agent process and everything that it started.
	EndAgents func(context.Context, tenant.ID) error
	// Readings returns the health checks of the host.
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
	// sealing allows one seal run at a time; doubted has the audit chains whose mismatch was logged.
	sealing sync.Mutex
	doubted sync.Map
	wrote   written
	// headsSeen are the heads that this process stored last, guarded by sealing.
	headsSeen map[string]audit.Mark
}

// New returns the verbs of the area.
func New(k *appkernel.Kernel, people *apppeople.Verbs, models *appmodels.Verbs, repos *apprepos.Verbs, work *appwork.Verbs, o Options) *Verbs {
	return &Verbs{k: k, people: people, models: models, repos: repos, work: work, opts: o}
}
