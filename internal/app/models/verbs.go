// Package models holds the verbs about model providers, their prices, and what a team may use: budgets and storage.
package models

import (
	"context"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
)

// Options are what the area needs from outside.
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

// New makes the verbs of the area.
func New(k *appkernel.Kernel, people *apppeople.Verbs, o Options) *Verbs {
	return &Verbs{k: k, people: people, opts: o}
}
