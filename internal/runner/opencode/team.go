package opencode

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
)

// team manages the one process of a team: two servers on one data directory would run the same session twice.
type team struct {
	opts    Options
	log     *slog.Logger
	id      tenant.ID
	own     bool // what trees say about their agents counts
	unknown *counter
	// starting holds one token: who has it may start and stop the process.
	starting chan struct{}

	mu       sync.Mutex
	srv      *server
	users    int
	idle     *time.Timer
	failures int
	notUntil time.Time
	last     error
}

func newTeam(o Options, log *slog.Logger, k teamKey, unknown *counter) *team {
	if k.own {
		o.Processes = nil // it is never adopted: a restarted server ends what is left of it, see leftovers
	}
	return &team{opts: o, log: log.With("tenant", string(k.tenant)), id: k.tenant, own: k.own, unknown: unknown, starting: make(chan struct{}, 1)}
}

// rooms are the places of the team's process.
func (t *team) rooms() rooms { return rooms{t.opts.Home(t.id), t.own} }

// mark is what everything bears that a process started. A process that nobody remembers bears one that follows from its home.
func (t *team) mark(p Process) string {
	if !t.own {
		return p.Generation
	}
	sum := sha256.Sum256([]byte(t.opts.Home(t.id)))
	return "own-" + hex.EncodeToString(sum[:16])
}

// dial is the way to the team's process at a port; nil is the port of this host.
func (t *team) dial(port int) func(context.Context) (net.Conn, error) {
	if t.opts.Dial == nil {
		return nil
	}
	return func(ctx context.Context) (net.Conn, error) { return t.opts.Dial(ctx, t.id, port) }
}

func (t *team) enter(ctx context.Context) error {
	select {
	case t.starting <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *team) exit() { <-t.starting }

// acquire gives the team's process, started if need be, with the config of now. Each acquire is followed by one release.
func (t *team) acquire(ctx context.Context) (*server, error) {
	if err := t.enter(ctx); err != nil {
		return nil, err
	}
	defer t.exit()
	config, err := t.opts.Config(ctx, t.id)
	if err != nil {
		return nil, fmt.Errorf("read the team's providers: %w", err)
	}
	srv, err := t.living(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := srv.configure(config); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.users++
	if t.idle != nil {
		t.idle.Stop()
	}
	return srv, nil
}

// living is the process that runs, the one that outlived the last server, or a new one.
func (t *team) living(ctx context.Context, config TeamConfig) (*server, error) {
	t.mu.Lock()
	srv, wait, last := t.srv, t.notUntil.Sub(t.opts.Clock.Now()), t.last
	t.mu.Unlock()
	if srv != nil && !srv.isDead() {
		return srv, nil
	}
	if wait > 0 {
		return nil, last
	}
	srv, err := t.adopt(ctx)
	if err == nil && srv == nil {
		srv, err = t.start(ctx, config)
	}
	t.started(ctx, srv, err)
	return srv, err
}

// started keeps the process, or counts a failed start: each waits twice as long as the one before, at most a minute.
func (t *team) started(ctx context.Context, srv *server, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		t.srv, t.failures, t.last = srv, 0, nil
	case ctx.Err() == nil:
		t.notUntil = t.opts.Clock.Now().Add(min(time.Second<<min(t.failures, 6), time.Minute))
		t.failures, t.last = t.failures+1, err
	}
}

func (t *team) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.users--; t.users == 0 {
		t.idle = time.AfterFunc(t.opts.Idle, func() {
			_ = catchPanic(t.log, t.stopIdle) // it is in the log
		})
	}
}

func (t *team) stopIdle() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := t.enter(ctx); err != nil {
		return err
	}
	defer t.exit()
	t.mu.Lock()
	busy := t.users > 0
	t.mu.Unlock()
	if busy {
		return nil
	}
	err := t.stop(ctx)
	if err != nil {
		t.log.Error("stop an idle OpenCode", "error", err)
	}
	return err
}

// stop ends the process cleanly and forgets it. The caller holds the token.
func (t *team) stop(ctx context.Context) error {
	t.mu.Lock()
	srv := t.srv
	t.srv = nil
	if t.idle != nil {
		t.idle.Stop()
	}
	t.mu.Unlock()
	if srv == nil {
		return nil
	}
	if err := srv.stop(ctx); err != nil {
		return err
	}
	return t.forget(ctx)
}

func (t *team) forget(ctx context.Context) error {
	if t.opts.Processes == nil {
		return nil
	}
	return t.opts.Processes.Delete(ctx, t.id)
}

func (t *team) remember(ctx context.Context, p Process) error {
	if t.opts.Processes == nil {
		return nil
	}
	return t.opts.Processes.Save(ctx, t.id, p)
}

func (t *team) stopNow(ctx context.Context) error {
	if err := t.enter(ctx); err != nil {
		return err
	}
	defer t.exit()
	return t.stop(ctx)
}

func stopAll(ctx context.Context, teams []*team) error {
	errs := make([]error, len(teams))
	var wg sync.WaitGroup
	for i, t := range teams {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = catchPanic(t.log, func() error { return t.stopNow(ctx) })
		}()
	}
	wg.Wait()
	return errors.Join(errs...)
}

// unready is why there is no process, in words for people.
type unready struct {
	reason session.Reason
	cause  error
}

func (u *unready) Error() string { return fmt.Sprintf("%s: %v", u.reason.Message, u.cause) }

func (u *unready) Unwrap() error { return u.cause }

func reasonOf(err error) session.Reason {
	var u *unready
	if errors.As(err, &u) {
		return u.reason
	}
	return session.Reason{Code: session.RunnerUnreachable, Message: "OpenCode could not be started."}
}
