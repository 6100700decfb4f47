// Package repos holds the verbs for repositories: their clone URLs, the hosts that their sessions may reach, the keys of their SSH
// hosts, and the agent configuration in them.
package repos

import (
	"context"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
)

// Options are the operator's settings for local repositories and for the network of sessions.
type Options struct {
	// RepoRoots are the directories below which a team (by slug) may register local repositories.
	RepoRoots map[string][]string
	// WritableRoots are those of them to whose repositories a team may push branches.
	WritableRoots map[string][]string
	// AllowedPath returns a local path without symbolic links, or an error with the reason if it is not below one of roots.
	AllowedPath func(roots []string, path string) (string, error)
	// CheckAgentHost rejects an entry of a network list that the egress proxy would refuse; nil accepts every entry.
	CheckAgentHost func(ctx context.Context, host string) error
	// ConnectForge returns the access to a project on a forge. It sends no request. Nil connects to none.
	ConnectForge func(s forge.Settings, token string) (forge.Port, error)
}

// Verbs are safe for concurrent use.
type Verbs struct {
	k      *appkernel.Kernel
	people *apppeople.Verbs
	models *appmodels.Verbs
	opts   Options
}

// New returns the verbs of the area.
func New(k *appkernel.Kernel, people *apppeople.Verbs, models *appmodels.Verbs, o Options) *Verbs {
	return &Verbs{k: k, people: people, models: models, opts: o}
}
