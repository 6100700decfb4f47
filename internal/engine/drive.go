package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// The causes that end a drive before its work is done.
var (
	errShutdown = errors.New("the server is shutting down")
	errMoved    = errors.New("the session was moved")
	errLost     = errors.New("the lease was lost")
)

// drive runs one claimed attempt to its end, or until the session belongs to somebody else.
type drive struct {
	e     *Engine
	key   key
	lease appwork.Lease
	ctx   context.Context
	stop  context.CancelCauseFunc
	done  chan struct{}

	mu          sync.Mutex
	inTurn      bool            // a turn is running: silence counts
	hasReported bool            // the agent has reported something in this turn
	lastReport  time.Time       // when it did so last, or the start of the turn
	isStalled   bool            // the silence has been recorded
	sent        map[string]bool // ids of messages and answers that the turn has received
	isTouched   bool            // the tree may have changed since its changes were read
	readAt      time.Time       // when they were read last
	kept        *session.Saved  // the last turn's work, once it is on the session's branch; only the drive's own goroutine uses it
	weight      weight
	// leasedUntil is when the lease runs out unless it is renewed.
	leasedUntil time.Time

	// checkpointAt is when the last checkpoint was taken, or the turn began.
	checkpointAt time.Time

	reads   sync.WaitGroup // reads of the tree while the agent works
	reading sync.Mutex     // one reader of the tree at a time, so that an earlier state never replaces a later one
}

// drive starts to drive a session. An earlier drive of the same session loses its lease and ends first: two turns of one
// conversation must never run at the same time.
func (e *Engine) drive(c dbwork.Claimed) {
	ctx, stop := context.WithCancelCause(context.Background())
	d := &drive{e: e, key: key{c.Session.Tenant, c.Session.ID}, lease: leaseOf(c), ctx: ctx, stop: stop, done: make(chan struct{}), sent: map[string]bool{},
		leasedUntil: e.clock.Now().Add(e.timers.Lease)}
	e.mu.Lock()
	before := e.driving[d.key]
	e.driving[d.key] = d
	e.mu.Unlock()
	if before != nil {
		before.interrupt(errLost)
	}
	if e.closing.Load() {
		d.interrupt(errShutdown)
	}
	go func() {
		defer e.forget(d)
		if before != nil {
			<-before.done
		}
		d.runOrFail()
	}()
}

func (e *Engine) forget(d *drive) {
	e.mu.Lock()
	if e.driving[d.key] == d {
		delete(e.driving, d.key)
	}
	e.mu.Unlock()
	d.stop(nil)
	close(d.done)
	e.app.Kernel.Hub.RingBell(appkernel.Queue)
}

func (e *Engine) isDriving(c dbwork.Claimed) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.driving[key{c.Session.Tenant, c.Session.ID}] != nil
}

func (d *drive) interrupt(why error) { d.stop(why) }

// cause is the reason of the interruption, nil without one.
func (d *drive) cause() error { return context.Cause(d.ctx) }

// runOrFail is run with a bound on what a panic does: it fails this session, and the process and everybody's sessions continue.
// The session must not stay running: this server or the next would drive it into the same panic again.
func (d *drive) runOrFail() {
	if err := fault.Catch(func() error { d.run(); return nil }); err != nil {
		d.log("end a drive", err)
		if err := fault.Catch(func() error { d.failAfterPanic(); return nil }); err != nil {
			d.log("fail a session", err)
		}
	}
}

func (d *drive) failAfterPanic() {
	d.stop(errMoved)
	ctx, cancel := context.WithTimeout(context.Background(), finishWithin)
	defer cancel()
	d.move(ctx, session.Failed, internalError(nil))
	if err := d.e.app.Work.Release(ctx, d.lease); err != nil {
		d.log("release a lease", err)
	}
}

// guard runs a part of a drive that has a goroutine of its own. A panic in it ends the drive, which fails the session.
func (d *drive) guard(what string, fn func()) {
	if err := fault.Catch(func() error { fn(); return nil }); err != nil {
		d.log(what, err)
		d.interrupt(err)
	}
}

// run renews the lease and watches the session while the work is in progress, then finishes.
func (d *drive) run() {
	var watching sync.WaitGroup
	watching.Go(func() { d.guard("keep the lease", func() { d.beat(d.ctx) }) })
	watching.Go(func() { d.guard("watch a session", func() { d.watch(d.ctx) }) })
	err := fault.Catch(func() error { return d.work(d.ctx) })
	cause := d.cause()
	d.stop(errMoved) // ends the watchers
	watching.Wait()
	d.reads.Wait() // reads that they started are stored before the last one
	d.finish(err, cause)
}

// finishWithin bounds the work after the end of a drive; a drain waits no longer.
const finishWithin = 30 * time.Second

// finish leaves the session in the right state: a shutdown pauses it, a fault fails it, otherwise the changes are read once more.
// Then it ends what the session left running and releases the lease. A lost lease is another server's: it touches nothing.
func (d *drive) finish(err, cause error) {
	ctx, cancel := context.WithTimeout(context.Background(), finishWithin)
	defer cancel()
	switch {
	case errors.Is(cause, errLost):
		return
	case isPanic(err), isPanic(cause), cause == nil && err != nil:
		if err != nil {
			d.log("drive a session", err)
		}
		d.move(ctx, session.Failed, internalError(err))
	case errors.Is(cause, errShutdown):
		d.checkpoint(ctx, session.BeforePause, "")
		d.move(ctx, session.Paused, session.Reason{Code: session.Shutdown, Message: "The server was stopped while the session was running."})
	case cause != nil:
		d.readChanges(ctx)
		d.checkpointPaused(ctx)
	}
	if d.kept == nil && !errors.Is(cause, errShutdown) { // after a shutdown the session continues by itself
		d.keepWork(ctx)
	}
	d.saveWork(ctx)
	if err := d.e.space.Leave(d.key.tenant, d.key.session); err != nil {
		d.log("end what a session left running", err)
	}
	if err := d.e.app.Work.Release(ctx, d.lease); err != nil {
		d.log("release a lease", err)
	}
}

// internalError is the reason of a session that failed for a fault in the server, or for err where people may read that.
func internalError(err error) session.Reason {
	return session.Reason{Code: session.AgentError, Message: sentence(err, "An internal error ended this attempt. The details are in the server log.")}
}

func isPanic(err error) bool {
	var p *fault.Panic
	return errors.As(err, &p)
}

// move moves the session unless a person or another server was first. It reports whether the session has left this drive.
func (d *drive) move(ctx context.Context, to session.Status, why session.Reason) bool {
	err := d.e.app.Work.Move(ctx, d.lease, to, why)
	if err != nil && !fault.Is(err, fault.Conflict) {
		d.log("move a session", err)
		return false
	}
	return true
}

func (d *drive) log(what string, err error) {
	d.e.log.Error(what, "tenant", d.key.tenant, "session", d.key.session, "attempt", d.lease.Attempt, "error", err)
}
