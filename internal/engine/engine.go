// Package engine holds what happens without anyone asking: dispatch, driving attempts, retries, reaping, cloning.
// Each loop has a Tick or a pass that tests call; loops use the same verbs as people do, in internal/app.
package engine

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// Workspace gives attempts their trees; the real one works with git and the sandbox.
type Workspace interface {
	// Open makes the session's tree or finds it again, and answers its directory and the commit it began from.
	Open(ctx context.Context, s session.Session) (dir, base string, err error)
	// Diff compares the whole tree with the commit it began from.
	Diff(ctx context.Context, s session.Session) (files []session.FileChange, patch []byte, truncated bool, err error)
	// Check runs one check command on the tree in the session's sandbox.
	Check(ctx context.Context, s session.Session, command string) repository.CheckResult
	// Remove deletes a session's tree; one that is gone already is fine.
	Remove(ctx context.Context, s session.Session) error
	// RemoveTeam deletes all that a team keeps on disk; one that is gone already is fine.
	RemoveTeam(ctx context.Context, t tenant.ID) error
	// Leave ends what a session's commands left running.
	Leave(t tenant.ID, s session.ID) error
	// Clone makes or refreshes the bare clone of a repository, saying how far it is.
	Clone(ctx context.Context, t tenant.ID, r repository.Repository, credential string, progress func(string)) error
	// Size measures what a team's directories take; it answers what was counted until ctx ended.
	Size(ctx context.Context, t tenant.ID) (quota.Storage, error)
}

// Options are what an engine needs. Zero durations take the product's defaults.
type Options struct {
	App       *app.App
	DB        *db.DB
	Runner    runner.Runner
	Workspace Workspace
	Clock     clock.Clock
	Log       *slog.Logger
	// Instance names this server on its data; leases of the same name are taken back at a start.
	Instance string
	// MaxRunning caps the sessions this host runs; 0 means no cap.
	MaxRunning int
	// MaxProcesses caps the teams that have an agent process on this host; 0 means no cap.
	MaxProcesses int
	// RoomFor says why the host takes no more now (memory, processes); empty when it does.
	RoomFor func() string
	// Scale and MaxTree bound what one session takes of the disk, in bytes; 0 does not.
	Scale   Scale
	MaxTree int64
	Timers  Timers
	// Deliver hands a letter to the mail server; nil sends none.
	Deliver func(context.Context, letter.Letter) error
}

// Timers are how long the engine waits for a runner, an answer or a check before it acts, and how often it looks. A zero takes
// the product's own value.
type Timers struct {
	Lease, Beat time.Duration
	Start       time.Duration // no event since the start: failed (runner_unreachable)
	Stall       time.Duration // no event: degraded (stalled)
	Answer      time.Duration // no answer: paused (permission_timeout)
	Check       time.Duration // one check command
	Tick        time.Duration
	Drain       time.Duration // how long an aborted turn may take to end
}

func (t Timers) orDefaults() Timers {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&t.Lease, 30*time.Second)
	set(&t.Beat, 10*time.Second)
	set(&t.Start, 60*time.Second)
	set(&t.Stall, 5*time.Minute)
	set(&t.Answer, 30*time.Minute)
	set(&t.Check, 10*time.Minute)
	set(&t.Tick, time.Second)
	set(&t.Drain, 8*time.Second)
	return t
}

// Engine runs the loops. Start it once; Stop drains it.
type Engine struct {
	app    *app.App
	db     *db.DB
	run    runner.Runner
	space  Workspace
	clock  clock.Clock
	log    *slog.Logger
	opts   Options
	timers Timers

	mu      sync.Mutex
	driving map[key]*drive
	wg      sync.WaitGroup
	cancel  context.CancelFunc
	seen    atomic.Int64 // unix ms of the dispatcher's last look at the queue
	closing atomic.Bool
	jobs    jobs
	crowded atomic.Bool // a team was passed over because it has no agent process and none may be added
}

type key struct {
	tenant  tenant.ID
	session session.ID
}

// New makes an engine; nothing runs before Start.
func New(o Options) *Engine {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Engine{app: o.App, db: o.DB, run: o.Runner, space: o.Workspace, clock: o.Clock, log: o.Log, opts: o,
		timers: o.Timers.orDefaults(), driving: map[key]*drive{}}
}

// Start takes this server's own leases back, takes up what a shutdown paused, and starts the loops.
func (e *Engine) Start(ctx context.Context) error {
	ctx, e.cancel = context.WithCancel(ctx)
	if err := e.takeBack(ctx); err != nil {
		return err
	}
	e.loop(ctx, "dispatch", app.Queue, e.timers.Tick, e.Dispatch)
	e.loop(ctx, "budgets", app.Budgets, 5*e.timers.Tick, e.app.KeepBudgets)
	e.loop(ctx, "deactivated teams", app.Teams, 5*e.timers.Tick, e.app.PauseInactive)
	e.loop(ctx, "clones", app.Clones, 10*e.timers.Tick, e.Clone)
	e.loop(ctx, "retries", noBell, e.timers.Tick, e.Retry)
	e.loop(ctx, "leases", noBell, 5*e.timers.Tick, e.Reap)
	e.loop(ctx, "sweep", noBell, time.Minute, e.app.Sweep)
	e.loop(ctx, "retention", noBell, time.Hour, e.Retain)
	e.loop(ctx, "storage", noBell, 30*e.timers.Tick, e.Measure)
	e.loop(ctx, "audit seals", noBell, 3*e.timers.Tick, e.app.SealAudit)
	if e.opts.Deliver != nil {
		e.loop(ctx, "letters", app.Letters, 5*e.timers.Tick, e.Post)
	}
	return nil
}

// Stop ends claiming at once, pauses what runs with reason shutdown, and waits until every turn has ended or ctx does.
func (e *Engine) Stop(ctx context.Context) error {
	e.closing.Store(true)
	for _, d := range e.drives() {
		d.interrupt(errShutdown)
	}
	if e.cancel != nil {
		defer e.cancel()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.waitDrives()
		if e.cancel != nil {
			e.cancel()
		}
		e.wg.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Alive says whether the dispatcher looked at the queue within the last ten ticks.
func (e *Engine) Alive() bool {
	return time.Now().UnixMilli()-e.seen.Load() < 10*e.timers.Tick.Milliseconds()+2000
}

// HostFull says in a clause why this host takes no more sessions now; empty when it does.
func (e *Engine) HostFull() string {
	if e.opts.MaxRunning > 0 && e.count() >= e.opts.MaxRunning {
		return "this host runs as many sessions as it may."
	}
	if e.opts.RoomFor != nil {
		if why := e.opts.RoomFor(); why != "" {
			return why
		}
	}
	if e.crowded.Load() {
		return "this host runs as many OpenCode processes as it may."
	}
	return ""
}

func (e *Engine) count() int { e.mu.Lock(); defer e.mu.Unlock(); return len(e.driving) }

func (e *Engine) drives() (ds []*drive) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, d := range e.driving {
		ds = append(ds, d)
	}
	return ds
}

// waitDrives returns when nothing is driven any more; what a claim under way brought was interrupted when it came.
func (e *Engine) waitDrives() {
	for ds := e.drives(); len(ds) > 0; ds = e.drives() {
		for _, d := range ds {
			<-d.done
		}
	}
}
