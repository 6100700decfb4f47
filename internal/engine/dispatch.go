package engine

import (
	"context"
	"math"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// claimBatch limits how many sessions one transaction claims.
const claimBatch = 16

// Dispatch claims queued sessions and drives them, as long as a team has a free slot and this host has room.
func (e *Engine) Dispatch(ctx context.Context) error {
	e.seen.Store(e.clock.Now().UnixMilli())
	if err := e.app.Work.FillPlaces(ctx); err != nil {
		return err
	}
	for !e.closing.Load() {
		room, _ := e.room()
		if room <= 0 {
			return nil
		}
		claimed, err := e.claim(ctx, min(room, claimBatch))
		if err != nil || len(claimed) == 0 {
			return err
		}
		for _, c := range claimed {
			e.app.Work.RingSession(c.Session.Tenant, c.Session.ID)
			e.drive(c)
		}
	}
	return nil
}

// room returns how many more sessions this host can drive, and a clause that explains why if there are none.
func (e *Engine) room() (n int, why string) {
	n, active := math.MaxInt32, e.count()
	for _, limit := range []struct {
		most int
		why  string
	}{{e.opts.MaxRunning, "this host is at its limit of running sessions."}, {e.opts.MaxProcesses, "this host is at its limit of OpenCode processes."}} {
		if more := limit.most - active; limit.most > 0 && more < n {
			n, why = more, limit.why
		}
	}
	if e.opts.RoomFor != nil && n > 0 {
		if more, low := e.opts.RoomFor(active); more < n {
			n, why = more, low
		}
	}
	return n, why
}

func (e *Engine) claim(ctx context.Context, limit int) (cs []dbwork.Claimed, err error) {
	err = e.db.System(ctx, func(s *dbkernel.System) error {
		now := e.clock.Now() // read after the wait for the writer, so that no claim is older than its session's place in the queue
		cs, err = dbwork.Across(s).Claim(ctx, dbwork.ClaimSpec{Owner: e.opts.Instance, Until: now.Add(e.timers.Lease), Now: now, HostRoom: limit, Limit: limit})
		return err
	})
	return cs, err
}

// resumeOwn drives the sessions again that this server drove before it was killed, and queues those that a shutdown paused.
func (e *Engine) resumeOwn(ctx context.Context) error {
	var own []dbwork.Claimed
	var paused []dbkernel.SessionRef
	err := e.db.SystemView(ctx, func(s *dbkernel.System) (err error) {
		if own, err = dbwork.Across(s).OwnLeases(ctx, e.opts.Instance); err != nil {
			return err
		}
		paused, err = dbwork.Across(s).ResumeOnStart(ctx, 10_000)
		return err
	})
	if err != nil {
		return err
	}
	for _, c := range own {
		err := e.app.Work.ExtendLease(ctx, leaseOf(c), e.clock.Now().Add(e.timers.Lease))
		if err == nil {
			e.drive(c)
		} else if !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	for _, r := range paused {
		if err := e.app.Work.Requeue(ctx, r.Tenant, r.ID); err != nil && !fault.Is(err, fault.Conflict) {
			e.log.Error("resume a paused session", "tenant", r.Tenant, "session", r.ID, "error", err)
		}
	}
	return nil
}

// retryBatch limits how many sessions of a team are queued for a retry before it is another team's turn.
const retryBatch = 20

// Retry queues the failed sessions whose automatic retry is due, of all teams in turn. A team whose sessions are refused, such as one whose
// budget is used up, holds up no other team.
func (e *Engine) Retry(ctx context.Context) error {
	refused := map[tenant.ID]bool{}
	for queued := 1; queued > 0 && !e.closing.Load(); {
		var due []dbkernel.SessionRef
		err := e.db.SystemView(ctx, func(s *dbkernel.System) (err error) {
			due, err = dbwork.Across(s).DueRetries(ctx, e.clock.Now(), retryBatch)
			return err
		})
		if err != nil {
			return err
		}
		if queued, err = e.retry(ctx, due, refused); err != nil {
			return err
		}
	}
	return nil
}

// retry queues sessions of teams that were not refused.
func (e *Engine) retry(ctx context.Context, due []dbkernel.SessionRef, refused map[tenant.ID]bool) (queued int, err error) {
	for _, r := range due {
		if refused[r.Tenant] {
			continue
		}
		switch err := e.app.Work.Requeue(ctx, r.Tenant, r.ID); {
		case err == nil:
			queued++
		case ctx.Err() != nil:
			return queued, err
		case fault.Is(err, fault.Exhausted):
			refused[r.Tenant] = true
		case !fault.Is(err, fault.Conflict):
			refused[r.Tenant] = true // the next pass tries again
			e.log.Error("retry a session", "tenant", r.Tenant, "session", r.ID, "error", err)
		}
	}
	return queued, nil
}

// Reap takes over attempts whose leases ran out and drives them from the end of their logs.
func (e *Engine) Reap(ctx context.Context) error {
	if e.closing.Load() {
		return nil
	}
	var lost []dbwork.Claimed
	err := e.db.SystemView(ctx, func(s *dbkernel.System) (err error) {
		lost, err = dbwork.Across(s).ExpiredLeases(ctx, e.clock.Now(), 100)
		return err
	})
	if err != nil {
		return err
	}
	for _, c := range lost {
		if e.isDriving(c) {
			continue
		}
		if l, err := e.app.Work.TakeOver(ctx, leaseOf(c), e.opts.Instance, e.clock.Now().Add(e.timers.Lease)); err == nil {
			c.Lease = l.Token
			e.drive(c)
		} else if !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return nil
}

func leaseOf(c dbwork.Claimed) appwork.Lease {
	return appwork.Lease{Tenant: c.Session.Tenant, Session: c.Session.ID, Attempt: c.Session.Attempt, Token: c.Lease}
}
