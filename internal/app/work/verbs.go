// Package work holds the verbs for sessions: creating and moving them, the reports and questions of agents, messages, changes, checks,
// and model calls (admit, reserve, record). People, loops and the gateway call these verbs.
package work

import (
	"context"
	"sync"
	"time"

	appagents "github.com/industrial-orchestrator/orchestrator/internal/app/agents"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	apprepos "github.com/industrial-orchestrator/orchestrator/internal/app/repos"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// Options are the operator's settings for sessions.
type Options struct {
	// AnswerWithin is how long a session waits for an answer before it pauses; zero shows no deadline.
	AnswerWithin time.Duration
	// Instance names this server in the database. At the start, the server settles the reservations of its earlier runs.
	Instance string
	// Publisher saves and publishes the work of sessions.
	Publisher Publisher
	// Reverted reports whether a repository's base branch no longer has a merge commit, or has a commit that reverts it; nil reports nothing.
	Reverted func(ctx context.Context, t tenant.ID, id repository.ID, base, commit string) (bool, error)
	// Conflicts returns the paths in which a commit conflicts with a repository's base branch; nil knows none.
	Conflicts func(ctx context.Context, t tenant.ID, id repository.ID, base, commit string) ([]string, error)
	// Trees returns what stores and restores the files of sessions.
	Trees func() Trees
	// Unwatched turns the breaker off, for benchmarks and tests that make more calls in one session than any agent does.
	Unwatched bool
	// Git serves the git address; nil serves nothing.
	Git GitServer
}

// Verbs are safe for concurrent use.
type Verbs struct {
	k      *appkernel.Kernel
	people *apppeople.Verbs
	models *appmodels.Verbs
	agents *appagents.Verbs
	repos  *apprepos.Verbs
	opts   Options
	// records holds the reports of runners until they are written.
	records recorder
	// breakers watch the running sessions for agents that run away.
	breakers breakers
	// restoring has the sessions that this server restores now, by their keys.
	restoring sync.Map
	// holder names this run of the server in its reservations.
	holder string
}

// New returns the verbs of the area.
func New(k *appkernel.Kernel, people *apppeople.Verbs, models *appmodels.Verbs, agents *appagents.Verbs, repos *apprepos.Verbs, o Options) *Verbs {
	if o.Trees == nil {
		o.Trees = func() Trees { return noTrees{} }
	}
	return &Verbs{k: k, people: people, models: models, agents: agents, repos: repos, opts: o, holder: o.Instance + "/" + id.New()}
}
