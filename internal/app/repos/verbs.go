// Package repos holds the verbs about repositories: where they are cloned from, which hosts their sessions may reach, the keys of
// their ssh hosts, and what they may configure of an agent.
package repos

import (
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
)

// Options are the operator's decisions about local repositories.
type Options struct {
	// RepoRoots are the directories below which a team (by slug) may register local repositories.
	RepoRoots map[string][]string
	// AllowedPath resolves a local path below one of roots, or refuses it with the reason.
	AllowedPath func(roots []string, path string) (string, error)
}

// Verbs are safe for concurrent use.
type Verbs struct {
	k      *appkernel.Kernel
	people *apppeople.Verbs
	models *appmodels.Verbs
	opts   Options
}

// New makes the verbs of the area.
func New(k *appkernel.Kernel, people *apppeople.Verbs, models *appmodels.Verbs, o Options) *Verbs {
	return &Verbs{k: k, people: people, models: models, opts: o}
}
