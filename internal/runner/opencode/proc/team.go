// Package proc owns OpenCode's processes: one per team, and a second one for repositories whose own agent configuration
// counts. It starts, adopts, watches and kills them, and hands the events of each to the inbox of the conversation they
// belong to.
package proc

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// Key names a process: a team has one, and a second one for repositories whose own agent configuration counts.
type Key struct {
	Tenant    tenant.ID
	OwnConfig bool
}

// Team manages one process of a team: two servers on one data directory would run the same session twice. It is safe for
// concurrent use.
type Team struct {
	opts    Options
	log     *slog.Logger
	id      tenant.ID
	own     bool // what trees say about their agents counts
	unknown *wire.Counter
	// starting holds one token: its holder may start and stop the process.
	starting chan struct{}

	mu        sync.Mutex
	srv       *Server
	users     int
	idle      *time.Timer
	failures  int
	notBefore time.Time // no start is tried before
	lastErr   error     // of the last start that failed
}

// NewTeam makes the manager of a process; none is started before Acquire. Types of events that this version does not have
// are counted in unknown.
func NewTeam(o Options, k Key, unknown *wire.Counter) *Team {
	o = o.WithDefaults()
	if k.OwnConfig {
		o.Processes = nil // it is never adopted: a restarted server ends what is left of it, see killLeftovers
	}
	return &Team{opts: o, log: o.Log.With("tenant", string(k.Tenant)), id: k.Tenant, own: k.OwnConfig, unknown: unknown, starting: make(chan struct{}, 1)}
}

// Server is the process that was started or adopted last, or nil. It may be dead.
func (t *Team) Server() *Server {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.srv
}

// mark is the generation that the process and everything it started carry. A process that is not stored has one that
// is derived from its home.
func (t *Team) mark(p Process) string {
	if !t.own {
		return p.Generation
	}
	sum := sha256.Sum256([]byte(t.opts.Home(t.id)))
	return "own-" + hex.EncodeToString(sum[:16])
}

// dialer connects to the team's process at a port; nil means the port of this host.
func (t *Team) dialer(port int) func(context.Context) (net.Conn, error) {
	if t.opts.Dial == nil {
		return nil
	}
	return func(ctx context.Context) (net.Conn, error) { return t.opts.Dial(ctx, t.id, port) }
}

// withToken does do while nobody else starts or stops the process.
func (t *Team) withToken(ctx context.Context, do func() error) error {
	select {
	case t.starting <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-t.starting }()
	return do()
}

// Acquire gives the team's process with its current config; it is started if need be. Call Release once for each Acquire
// that succeeded.
func (t *Team) Acquire(ctx context.Context) (srv *Server, err error) {
	err = t.withToken(ctx, func() error {
		srv, err = t.acquire(ctx)
		return err
	})
	return srv, err
}

func (t *Team) acquire(ctx context.Context) (*Server, error) {
	config, err := t.opts.Config(ctx, t.id)
	if err != nil {
		return nil, fmt.Errorf("read the team's providers: %w", err)
	}
	srv, err := t.ensureRunning(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := srv.configure(config); err != nil {
		return nil, err
	}
	t.addUser()
	return srv, nil
}

func (t *Team) addUser() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.users++
	if t.idle != nil {
		t.idle.Stop()
	}
}

// Release gives the process back; without users it is stopped after Options.Idle.
func (t *Team) Release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.users--; t.users == 0 {
		t.idle = time.AfterFunc(t.opts.Idle, func() {
			if err := CatchPanic(t.log, t.stopIdle); err != nil {
				t.log.Error("stop an idle OpenCode", "error", err)
			}
		})
	}
}

// ensureRunning gives the process that runs, the one that outlived the last server, or a new one.
func (t *Team) ensureRunning(ctx context.Context, config TeamConfig) (*Server, error) {
	t.mu.Lock()
	srv, wait, lastErr := t.srv, t.notBefore.Sub(t.opts.Clock.Now()), t.lastErr
	t.mu.Unlock()
	if srv != nil && !srv.IsDead() {
		return srv, nil
	}
	if wait > 0 {
		return nil, lastErr
	}
	srv, err := t.adopt(ctx)
	if err == nil && srv == nil {
		srv, err = t.start(ctx, config)
	}
	t.noteStart(ctx, srv, err)
	return srv, err
}

// noteStart keeps the process, or counts a failed start: each waits twice as long as the one before, at most a minute.
func (t *Team) noteStart(ctx context.Context, srv *Server, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		t.srv, t.failures, t.lastErr = srv, 0, nil
	case ctx.Err() == nil:
		t.notBefore = t.opts.Clock.Now().Add(min(time.Second<<min(t.failures, 6), time.Minute))
		t.failures, t.lastErr = t.failures+1, err
	}
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
