// Package work holds the verbs about sessions: creating and moving them, what an agent reports and asks, messages, changes, checks,
// and model calls (admit, reserve, record). Loops and the gateway call these verbs as people do.
package work

import (
	"sync"
	"time"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	apprepos "github.com/industrial-orchestrator/orchestrator/internal/app/repos"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// Options are the operator's decisions about sessions.
type Options struct {
	// AnswerWithin is how long a session waits for an answer before it is paused; zero shows no deadline.
	AnswerWithin time.Duration
	// Instance names this server on its data; what its earlier runs left reserved is settled at the start.
	Instance string
}

// Verbs are safe for concurrent use.
type Verbs struct {
	k      *appkernel.Kernel
	people *apppeople.Verbs
	models *appmodels.Verbs
	repos  *apprepos.Verbs
	opts   Options
	// records are reports of runners that wait to be written.
	records recorder
	// children maps childKey to the conversation that a sub-agent's belongs to.
	children sync.Map
	// holder names this run of the server in what its calls reserve.
	holder string
}

// New makes the verbs of the area.
func New(k *appkernel.Kernel, people *apppeople.Verbs, models *appmodels.Verbs, repos *apprepos.Verbs, o Options) *Verbs {
	return &Verbs{k: k, people: people, models: models, repos: repos, opts: o, holder: o.Instance + "/" + id.New()}
}
