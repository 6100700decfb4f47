// Package proc owns OpenCode's processes, one per session. It starts, adopts, watches and kills them, and hands the events of
// each to the inbox of the conversation they belong to.
package proc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// Key names a process: a running session has one.
type Key struct {
	Tenant  tenant.ID
	Session session.ID
}

// Use is what a turn needs of its process.
type Use struct {
	// OwnConfig lets what the tree says about its agents count.
	OwnConfig bool
	// Repository is the repository whose clone the process must be able to read; empty without one.
	Repository repository.ID
	// Spec is the registry's agent whose session it is; nil without one.
	Spec *agent.Spec
	// Carry is a conversation to bring into the home before the process starts, or nil.
	Carry *Carry
}

// Agent manages the process of one session: two servers on one home would run the session twice. It is safe for concurrent
// use.
type Agent struct {
	opts    Options
	log     *slog.Logger
	unknown *wire.Counter
	// starting holds one token: its holder may start and stop the process.
	starting chan struct{}
	starts   chan struct{} // bounds the starts of all agents of a pool; nil does not
	stopped  func()        // called after the process was stopped, or nil

	mu        sync.Mutex
	key       Key // a spare's changes once
	srv       *Server
	users     int
	idle      *time.Timer
	idleSince time.Time
}

// NewAgent makes the manager of a process; none is started before Acquire. Types of events that this version does not have
// are counted in unknown.
func NewAgent(o Options, k Key, unknown *wire.Counter) *Agent {
	o = o.WithDefaults()
	return &Agent{opts: o, log: o.Log.With("tenant", string(k.Tenant), "session", string(k.Session)), key: k, unknown: unknown, starting: make(chan struct{}, 1)}
}

// Key is the session whose process this is, or the spare.
func (a *Agent) Key() Key {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.key
}

// Server is the process that was started or adopted last, or nil. It may be dead.
func (a *Agent) Server() *Server {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.srv
}

// dialer connects to the session's process at a port; nil means the port of this host.
func (a *Agent) dialer(port int) func(context.Context) (net.Conn, error) {
	if a.opts.Dial == nil {
		return nil
	}
	return func(ctx context.Context) (net.Conn, error) { return a.opts.Dial(ctx, a.Key(), port) }
}

// withToken does do while nobody else starts or stops the process.
func (a *Agent) withToken(ctx context.Context, do func() error) error {
	select {
	case a.starting <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-a.starting }()
	return do()
}

// Acquire gives the session's process with its team's current config; it is started if need be. A process that treats the
// tree's own configuration otherwise than asked is replaced. Call Release once for each Acquire that succeeded.
func (a *Agent) Acquire(ctx context.Context, u Use) (srv *Server, err error) {
	err = a.withToken(ctx, func() error {
		srv, err = a.acquire(ctx, u)
		return err
	})
	return srv, err
}

func (a *Agent) acquire(ctx context.Context, u Use) (*Server, error) {
	config, err := a.opts.Config(ctx, a.Key().Tenant)
	if err != nil {
		return nil, fmt.Errorf("read the team's providers: %w", err)
	}
	config.Spec = u.Spec
	srv, err := a.ensureRunning(ctx, u, config)
	if err != nil {
		return nil, err
	}
	if err := srv.configure(config); err != nil {
		return nil, err
	}
	a.addUser()
	return srv, nil
}

func (a *Agent) addUser() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.users++
	if a.idle != nil {
		a.idle.Stop()
	}
}

// Release gives the process back; without users it is stopped after Options.Idle.
func (a *Agent) Release() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.users--; a.users == 0 {
		a.idleSince = a.opts.Clock.Now()
		a.idle = time.AfterFunc(a.opts.Idle, func() {
			if err := CatchPanic(a.log, func() error { return a.stopIdle(context.Background()) }); err != nil {
				a.log.Error("stop an idle OpenCode", "error", err)
			}
		})
	}
}

// idleFor is how long the process has had no user.
func (a *Agent) idleFor() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.opts.Clock.Now().Sub(a.idleSince)
}

// ensureRunning gives the process that runs, the one that outlived the last server, or a new one.
func (a *Agent) ensureRunning(ctx context.Context, u Use, config TeamConfig) (*Server, error) {
	if srv := a.Server(); srv != nil && !srv.IsDead() {
		return a.withConfig(ctx, srv, u, config)
	}
	srv, err := a.adopt(ctx)
	if err == nil && srv == nil {
		srv, err = a.start(ctx, u, config)
	}
	if err != nil {
		return nil, err
	}
	a.keep(srv)
	return a.withConfig(ctx, srv, u, config)
}

// withConfig gives srv, or a new process where srv treats the tree's own configuration otherwise: OpenCode reads that from its
// environment.
func (a *Agent) withConfig(ctx context.Context, srv *Server, u Use, config TeamConfig) (*Server, error) {
	if srv.process.OwnConfig == u.OwnConfig {
		return srv, nil
	}
	if err := a.stop(ctx); err != nil {
		return nil, err
	}
	srv, err := a.start(ctx, u, config)
	if err == nil {
		a.keep(srv)
	}
	return srv, err
}

func (a *Agent) keep(srv *Server) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.srv = srv
}

// Unready is why there is no process, in words for people.
type Unready struct {
	Reason session.Reason
	Cause  error
}

func (u *Unready) Error() string { return fmt.Sprintf("%s: %v", u.Reason.Message, u.Cause) }

func (u *Unready) Unwrap() error { return u.Cause }

// ReasonOf is the reason that an error of Acquire gives to people.
func ReasonOf(err error) session.Reason {
	var u *Unready
	if errors.As(err, &u) {
		return u.Reason
	}
	return session.Reason{Code: session.RunnerUnreachable, Message: "OpenCode could not be started."}
}
