// Package kernel is what the verbs of every area stand on: the doors to a transaction with the check of a right, the audit entry,
// refusals, the settings of the instance, and the bells that several areas ring. It holds no verb of the product.
package kernel

import (
	"context"
	"log/slog"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// Options are what every area uses.
type Options struct {
	DB    *dbkernel.DB
	Hub   *hub.Hub
	Clock clock.Clock
	Keys  *secret.Keys
	Log   *slog.Logger
	// Mail is true when letters are sent; otherwise none is written.
	Mail bool
	// CheckHost refuses a base URL that outbound requests may not reach; nil allows all.
	CheckHost func(ctx context.Context, baseURL string) error
	// DispatcherAlive reports whether the dispatcher has looked at the queue lately; nil means there is none.
	DispatcherAlive func() bool
	// HostFull is the reason, as a clause, why this host takes no more sessions now; empty when it does. nil never refuses.
	HostFull func() string
}

// Kernel is shared by all areas. Its methods are safe for concurrent use.
type Kernel struct {
	Hub   *hub.Hub
	DB    *dbkernel.DB
	Clock clock.Clock
	Keys  *secret.Keys
	Log   *slog.Logger
	Opts  Options

	refusals refusals
}

// New makes a Kernel; Clock and Log have defaults.
func New(o Options) *Kernel {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Kernel{Hub: o.Hub, DB: o.DB, Clock: o.Clock, Keys: o.Keys, Log: o.Log, Opts: o}
}
