// Package engine does the work that no request starts: dispatching and driving sessions, retries, taking over the sessions of
// servers that died, clones, retention. Each loop has a pass that tests call; a pass calls the same verbs as people do, in
// internal/app.
package engine

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// Workspace manages the working trees of sessions. The real one uses git and the sandbox.
type Workspace interface {
	// Begin creates the directories of a session that has none, so that its agent can start while Open fills them.
	Begin(ctx context.Context, s session.Session) error
	// Open creates the session's tree or reopens it. It returns its directory and its base commit.
	Open(ctx context.Context, s session.Session) (dir, base string, err error)
	// Diff compares the whole tree with its base commit.
	Diff(ctx context.Context, s session.Session) (files []session.FileChange, patch []byte, truncated bool, err error)
	// Save stores the session's work as commits of the repository's clone, which follow onto if that is not empty.
	Save(ctx context.Context, s session.Session, onto string) (session.Saved, error)
	// Gaps returns what the tree lacks of its base commit.
	Gaps(ctx context.Context, s session.Session, base string) (repository.Gaps, error)
	// Check runs one check command in the tree, inside the session's sandbox, with a shell or without one.
	Check(ctx context.Context, s session.Session, command string, inShell bool) repository.CheckResult
	// Keep is Save, and the commit becomes the session's branch of the bare clone unless nothing was changed. It saves nothing without a
	// repository.
	Keep(ctx context.Context, s session.Session) (session.Saved, error)
	// DropBranch deletes the session's branch of the bare clone; it is no error if there is none.
	DropBranch(ctx context.Context, s session.Session) error
	// Remove deletes a session's tree; it is no error if there is none.
	Remove(ctx context.Context, s session.Session) error
	// RemoveTeam deletes all files of a team; it is no error if there are none.
	RemoveTeam(ctx context.Context, t tenant.ID) error
	// Leave ends the processes that a session's commands left running.
	Leave(t tenant.ID, s session.ID) error
	// Clone creates or updates the bare clone of a repository, reports its progress, and returns what it contains.
	Clone(ctx context.Context, t tenant.ID, r repository.Repository, credential string, progress func(string)) (repository.Inspection, error)
	// Size measures the disk space of a team's directories; if ctx ends first, it returns the sum so far.
	Size(ctx context.Context, t tenant.ID) (quota.Storage, error)
}

// Options configure an engine. Zero durations select the product's defaults.
type Options struct {
	App       *app.App
	DB        *dbkernel.DB
	Runner    runner.Runner
	Workspace Workspace
	Clock     clock.Clock
	Log       *slog.Logger
	// Instance is this server's name in leases: a start continues the sessions whose leases bear the same name.
	Instance string
	// MaxRunning limits the sessions that this host runs; 0 means no limit.
	MaxRunning int
	// MaxProcesses limits the agent processes on this host, of which each active session has one; 0 means no limit.
	MaxProcesses int
	// RoomFor returns how many more sessions the host's memory holds beside those that are active now, which have an agent process or
	// will have one, and why it holds no more if that is 0; nil means no limit.
	RoomFor func(active int) (int, string)
	// Scale and MaxTree limit the disk space of one session, in bytes; 0 means no limit.
	Scale   Scale
	MaxTree int64
	Timers  Timers
	// ToolCaches manages the tool caches of repositories; nil means that there are none.
	ToolCaches ToolCaches
	// Merges works for the merge queues; nil means that there are none.
	Merges MergeSpace
	// Deliver passes a letter to the mail server; nil sends none.
	Deliver func(context.Context, letter.Letter) error
}

// Timers are the deadlines of a session and the pace of the loops. A zero takes the product's own value.
type Timers struct {
	Lease, Beat time.Duration
	Start       time.Duration // without a first event: failed (runner_unreachable)
	Stall       time.Duration // without an event: degraded (stalled)
	Answer      time.Duration // without an answer: paused (permission_timeout)
	Check       time.Duration // for one check command
	Checkpoint  time.Duration // between two checkpoints of a turn
	Tick        time.Duration
	Drain       time.Duration // for an aborted turn to end
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
	set(&t.Checkpoint, 5*time.Minute)
	set(&t.Tick, time.Second)
	set(&t.Drain, 8*time.Second)
	return t
}

// Engine runs the loops. Start it once; Stop drains it.
type Engine struct {
	app    *app.App
	db     *dbkernel.DB
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
	seen    atomic.Int64 // Unix milliseconds of the dispatcher's last pass
	closing atomic.Bool
	jobs    jobs
	// tried has, for each entry of a merge queue, when its pull request was last tried to be merged.
	tried sync.Map
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

// Start continues the sessions that this server drove before, resumes those that a shutdown paused, and starts the loops.
func (e *Engine) Start(ctx context.Context) error {
	ctx, e.cancel = context.WithCancel(ctx)
	if err := e.resumeOwn(ctx); err != nil {
		return err
	}
	for _, r := range e.routines() {
		e.loop(ctx, r.name, r.bell, r.every, r.pass)
	}
	return nil
}

// routine is one loop: its pass runs when its bell rings and at every interval.
type routine struct {
	name  string
	bell  hub.Key
	every time.Duration
	pass  func(context.Context) error
}

// routines are all loops of the engine. Tests run each of them once on both databases.
func (e *Engine) routines() []routine {
	tick := e.timers.Tick
	all := []routine{
		{"dispatch", appkernel.Queue, tick, e.Dispatch},
		{"budgets", appkernel.Budgets, 5 * tick, e.app.Work.KeepBudgets},
		{"deactivated teams", appkernel.Teams, 5 * tick, e.app.Work.PauseInactive},
		{"clones", appkernel.Clones, 10 * tick, e.Clone},
		{"pull requests", appkernel.Pulls, 10 * tick, e.app.Work.KeepPulls},
		{"retries", noBell, tick, e.Retry},
		{"leases", noBell, 5 * tick, e.Reap},
		{"restores", noBell, 5 * tick, e.app.Work.FinishRestores},
		{"sweep", noBell, time.Minute, e.app.People.DeleteExpired},
		{"retention", noBell, time.Hour, e.Retain},
		{"storage", noBell, 30 * tick, e.Measure},
		{"audit seals", noBell, 3 * tick, e.app.Console.SealAudit},
	}
	if e.opts.ToolCaches != nil {
		all = append(all, routine{"tool caches", noBell, time.Minute, e.KeepCaches})
	}
	if e.opts.Merges != nil {
		all = append(all, routine{"merge queues", appwork.MergeBell, time.Minute, e.MergeQueues})
	}
	if e.opts.Deliver != nil {
		all = append(all, routine{"letters", apppeople.Letters, 5 * tick, e.Post})
	}
	return all
}

// Stop claims no more sessions, pauses the running ones with the reason shutdown, and waits until every turn and loop has ended
// or ctx does.
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

// Alive reports whether the dispatcher has read the queue within the last ten ticks.
func (e *Engine) Alive() bool {
	return time.Now().UnixMilli()-e.seen.Load() < 10*e.timers.Tick.Milliseconds()+2000
}

// HostFull returns a clause that explains why this host starts no more sessions now, or "" if it does.
func (e *Engine) HostFull() string {
	if n, why := e.room(); n <= 0 {
		return why
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

// waitDrives returns when nothing is driven any more. A claim in progress can still add drives, which are interrupted at once.
func (e *Engine) waitDrives() {
	for ds := e.drives(); len(ds) > 0; ds = e.drives() {
		for _, d := range ds {
			<-d.done
		}
	}
}
