package engine

import (
	"context"
	"errors"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// beat renews the lease until ctx ends. A lease that another server took over ends the drive.
func (d *drive) beat(ctx context.Context) {
	tick := time.NewTicker(d.e.timers.Beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := d.renewLease(ctx); err != nil && !fault.Is(err, fault.Conflict) && ctx.Err() == nil {
			d.log("keep the lease", err)
		}
	}
}

// renewLease renews the lease once. The database has a third of the lease's length to answer, so that a call that hangs leaves
// time for another one.
func (d *drive) renewLease(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, d.e.timers.Lease/3)
	defer cancel()
	until := d.e.clock.Now().Add(d.e.timers.Lease)
	err := d.e.app.Work.ExtendLease(bounded, d.lease, until)
	if fault.Is(err, fault.Conflict) {
		d.interrupt(errLost)
	}
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leasedUntil = until
	return nil
}

// isLeased reports whether the lease still holds as far as this server can tell without asking the database: no other server
// takes the session over before then.
func (d *drive) isLeased() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.e.clock.Now().Before(d.leasedUntil)
}

// persist runs a read or write of the database, again and again while the database is away and the lease holds: an outage of
// some seconds must not end the agent's turn. An error that stays although the database renews the lease is returned. A lost
// lease ends fn even where its caller's context lives on: nothing that this attempt writes counts any more.
func (d *drive) persist(ctx context.Context, what string, fn func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(d.ctx, func() {
		if errors.Is(d.cause(), errLost) {
			cancel()
		}
	})()
	err := fn(ctx)
	if !mayPass(err) {
		return err
	}
	d.log(what, err)
	for d.waitToRetry(ctx) {
		isBack := d.renewLease(ctx) == nil
		if err = fn(ctx); !mayPass(err) || isBack && !fault.Is(err, fault.Unavailable) {
			return err
		}
	}
	return err
}

// waitToRetry waits for a tick and reports whether another attempt makes sense: the drive continues and its lease is valid.
func (d *drive) waitToRetry(ctx context.Context) bool {
	select {
	case <-time.After(d.e.timers.Tick):
		return d.isLeased()
	case <-ctx.Done():
	case <-d.ctx.Done():
	}
	return false
}

// mayPass reports whether err may be the fault of a database that is away: drivers have too many errors for a lost connection
// to name them all. Decisions of the product and panics stay what they are.
func mayPass(err error) bool {
	var p *fault.Panic
	if err == nil || errors.As(err, &p) || errors.Is(err, context.Canceled) {
		return false
	}
	k := fault.KindOf(err)
	return k == fault.Internal || k == fault.Unavailable
}
