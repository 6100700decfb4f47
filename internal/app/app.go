// Package app is what a person or an agent can do: one method per verb, one file per noun.
// A verb checks the role, works in one transaction, writes the event and the audit row in it, and rings the bells after the commit.
// It knows no HTTP and no SQL; a rule belongs to its noun, a statement to db.
package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// App holds what verbs need. Its methods are safe for concurrent use.
type App struct {
	Hub   *hub.Hub
	db    *dbkernel.DB
	clock clock.Clock
	keys  *secret.Keys
	log   *slog.Logger
	opts  Options
	// records are reports of runners that wait to be written.
	records recorder
	// children remembers which conversation a sub-agent's belongs to: childKey → parent conversation.
	children sync.Map
	refusals refusals
	// sealing lets one seal at a time; doubted are the audit chains whose doubt was told.
	sealing sync.Mutex
	doubted sync.Map
	// site is the server as passkeys know it; nil where there are none.
	site *factor.Site
	// holder names this run of the server in what its calls reserve.
	holder string
}

// Options are the operator's decisions that verbs obey.
type Options struct {
	DB    *dbkernel.DB
	Hub   *hub.Hub
	Clock clock.Clock
	Keys  *secret.Keys
	Log   *slog.Logger
	// AnswerWithin is how long a session waits for an answer before it is paused; zero says nothing about it.
	AnswerWithin time.Duration
	// Mail says that somebody sends letters: without, none is written.
	Mail bool
	// PublicURL is where people reach the server; empty offers no passkeys and sends no links.
	PublicURL string
	// RepoRoots are the directories below which a team (by slug) may register local repositories.
	RepoRoots map[string][]string
	// AllowedPath resolves a local path below one of roots, or says why it may not be used.
	AllowedPath func(roots []string, path string) (string, error)
	// TestProvider really asks a provider's model through the guarded dialer.
	TestProvider func(ctx context.Context, p provider.Provider, key string) provider.Test
	// CheckHost says whether outbound requests to a base URL are allowed at all; nil allows.
	CheckHost func(ctx context.Context, baseURL string) error
	// DispatcherAlive says whether the dispatcher has looked at the queue lately; nil means there is none.
	DispatcherAlive func() bool
	// Instance names this server on its data; what its earlier runs left reserved is settled at the start.
	Instance string
	// AuditHeads is the file that keeps the heads of the audit logs outside of the database; empty keeps none.
	AuditHeads string
	// Jobs tells how the loops of this server go; Measure fills in what processes hold now; EndAgents ends a team's process with all
	// it started; Readings are taken of the host for its health. Where nil, there is nothing to tell or end.
	Jobs      func() []instance.Job
	Measure   func([]instance.Process)
	EndAgents func(context.Context, tenant.ID) error
	Readings  func(context.Context) []instance.Check
	// HostFull says in a clause why this host takes no more sessions now; empty when it does. nil never refuses.
	HostFull func() string
	// OIDC is the identity provider people may sign in through; nil where there is none.
	OIDC *OIDC
}

// New makes an App.
func New(o Options) *App {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	a := &App{Hub: o.Hub, db: o.DB, clock: o.Clock, keys: o.Keys, log: o.Log, opts: o, holder: o.Instance + "/" + id.New()}
	a.site = a.newSite()
	return a
}

// Orders is the bell of the loop that drives a session: a person's move, message or answer rings it.
func Orders(t tenant.ID, s session.ID) hub.Key {
	return hub.Orders(t, s)
}

// Queue is the dispatcher's bell.
var Queue = hub.Loop("queue")

// Budgets is the bell of the loop that takes up sessions whose team has headroom again.
var Budgets = hub.Loop("budgets")

// Teams is the bell of the loop that pauses what runs in deactivated teams.
var Teams = hub.Loop("teams")

// Clones is the bell of the loop that clones repositories.
var Clones = hub.Loop("clones")

// ring wakes everybody who shows or drives a session; call it after the commit.
func (a *App) ring(t tenant.ID, s session.ID) {
	a.Hub.RingBell(hub.Session(t, s))
	a.Hub.RingBell(hub.Team(t))
	a.Hub.RingBell(Orders(t, s))
}

// person is the event actor of by.
func person(by tenant.Actor) event.Actor {
	return event.Actor{Kind: "user", ID: string(by.User), Name: by.Name}
}

// system is the event actor of what happens without anyone asking.
var system = event.Actor{Kind: "system"}

// read runs fn in a reading scope of the actor's team after the role was checked.
func (a *App) read(ctx context.Context, by tenant.Actor, action tenant.Action, fn func(*dbkernel.Scope) error) error {
	if err := by.May(action); err != nil {
		return err
	}
	return a.db.View(ctx, by.Tenant, fn)
}

// write runs fn in a writing scope of the actor's team after the role was checked.
func (a *App) write(ctx context.Context, by tenant.Actor, action tenant.Action, fn func(*dbkernel.Scope) error) error {
	if err := by.May(action); err != nil {
		return err
	}
	return a.db.Update(ctx, by.Tenant, fn)
}

// checkID answers the one 404 for an id that is none.
func checkID(noun, s string) error {
	if !id.Valid(s) {
		return fault.Missing(noun)
	}
	return nil
}
