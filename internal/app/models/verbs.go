// Package models holds the verbs for model providers, their prices, and the budget and storage of a team.
package models

import (
	"context"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
)

// Options are the area's dependencies outside the kernel.
type Options struct {
	// TestProvider sends a one-word request to a provider's model through the guarded dialer.
	TestProvider func(ctx context.Context, p provider.Provider, key string) provider.Test
}

// Verbs are safe for concurrent use.
type Verbs struct {
	k      *appkernel.Kernel
	people *apppeople.Verbs
	opts   Options
}

// New returns the verbs of the area.
func New(k *appkernel.Kernel, people *apppeople.Verbs, o Options) *Verbs {
	return &Verbs{k: k, people: people, opts: o}
}
