// Package kernel is what the verbs of every area use: transactions with a check of the actor's right, audit entries, refusals, the
// settings of the instance, and the bells that several areas ring. It has no verb of the product.
package kernel

import (
	"context"
	"log/slog"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// Options are the dependencies of every area.
type Options struct {
	DB    *dbkernel.DB
	Hub   *hub.Hub
	Clock clock.Clock
	Keys  *secret.Keys
	Log   *slog.Logger
	// Mail is true if the server sends e-mails; otherwise none is stored.
	Mail bool
	// CheckHost rejects a base URL that outbound requests may not reach; nil allows every URL.
	CheckHost func(ctx context.Context, baseURL string) error
	// DispatcherAlive reports whether the dispatcher has checked the queue recently; nil means that this process has none.
	DispatcherAlive func() bool
	// HostFull returns a clause that explains why this host starts no more sessions now, or "" if it does; nil means that it always does.
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

// New returns a Kernel. Clock and Log have defaults.
func New(o Options) *Kernel {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Kernel{Hub: o.Hub, DB: o.DB, Clock: o.Clock, Keys: o.Keys, Log: o.Log, Opts: o}
}
