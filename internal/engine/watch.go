package engine

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// ticksUnread is after how many ticks the row is read although nothing rang: another server's people ring no bell here.
const ticksUnread = 5

// watch reads the session's row whenever somebody touched it, and looks at the clocks in between.
func (d *drive) watch(ctx context.Context) {
	bell, leave := d.e.app.Hub.Hang(app.Orders(d.key.tenant, d.key.session))
	defer leave()
	tick := time.NewTicker(d.e.timers.Tick)
	defer tick.Stop()
	var st app.Standing
	unread, away := ticksUnread, false
	for ctx.Err() == nil {
		if unread >= ticksUnread {
			fresh, err := d.readStanding(ctx)
			d.noteOutage(ctx, &away, err)
			if err == nil {
				st, unread = fresh, 0
			}
		}
		if !away && ctx.Err() == nil {
			if err := d.look(ctx, st); err != nil && ctx.Err() == nil {
				d.log("watch a session", err)
			}
		}
		select {
		case <-ctx.Done():
		case <-bell.Ring:
			unread = ticksUnread
		case <-tick.C:
			unread++
		}
	}
}

// readStanding reads the session's row. The database has a third of the lease's length to answer: a read that hangs must not
// keep the watch from seeing that the lease has run out.
func (d *drive) readStanding(ctx context.Context) (app.Standing, error) {
	bounded, cancel := context.WithTimeout(ctx, d.e.timers.Lease/3)
	defer cancel()
	return d.e.app.Standing(bounded, d.lease)
}

// noteOutage acts on the result of a read. A session that is gone ends the drive. A read that failed says nothing about the
// session, so the turn continues until the lease has run out: another server may take the session over then.
func (d *drive) noteOutage(ctx context.Context, away *bool, err error) {
	switch {
	case err == nil:
		*away = false
	case ctx.Err() != nil:
	case fault.Is(err, fault.NotFound):
		d.interrupt(errMoved)
	case !d.isLeased():
		d.interrupt(errLost)
	case !*away: // once per outage
		*away = true
		d.log("watch a session", err)
	}
}

// look acts on the session's row: a moved session ends the drive, messages and answers go to the agent, clocks that ran out
// move the session.
func (d *drive) look(ctx context.Context, st app.Standing) error {
	if !st.Held || !st.Session.Status.Active() {
		d.interrupt(errMoved)
		return nil
	}
	if to, why := d.overdue(st); to != "" {
		if d.move(ctx, to, why) {
			d.interrupt(errMoved)
		}
		return nil
	}
	if d.inTurn() {
		d.tell(ctx, st)
		if d.due() {
			d.reads.Go(func() { d.guard("read a tree's changes", func() { d.changes(ctx) }) })
		}
		if d.heavier() {
			d.reads.Go(func() { d.guard("weigh a session's tree", func() { d.weigh(ctx, st.Session) }) })
		}
	}
	return d.stall(ctx, st.Session)
}

func (d *drive) inTurn() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.turn
}

// readEvery is how often, at most, the changes of a tree are read while an agent works on it.
const readEvery = 5 * time.Second

// due says whether the changes should be read again, and notes that they are.
func (d *drive) due() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.e.clock.Now()
	if !d.touched || now.Sub(d.read) < readEvery {
		return false
	}
	d.touched, d.read = false, now
	return true
}

// overdue says where a session goes whose time has run out; an empty status leaves it where it is.
func (d *drive) overdue(st app.Standing) (session.Status, session.Reason) {
	now, s := d.e.clock.Now(), st.Session
	switch {
	case s.Elapsed(now) >= s.MaxDuration:
		return session.Timeout, session.Reason{Code: session.DurationExceeded, Message: "Its " + s.MaxDuration.String() + " of running time are used."}
	case st.OpenAsk != nil && now.Sub(*st.OpenAsk) >= d.e.timers.Answer:
		return session.Paused, session.Reason{Code: session.PermissionTimeout, Message: "Nobody answered for " + d.e.timers.Answer.String() + ". Its slot is free; the question stays."}
	case d.unheard(now):
		return session.Failed, session.Reason{Code: session.RunnerUnreachable, Message: "OpenCode said nothing for " + d.e.timers.Start.String() + " after the start."}
	}
	return "", session.Reason{}
}

// unheard says whether the agent has been silent since the turn began for too long.
func (d *drive) unheard(now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.turn && !d.heard && now.Sub(d.last) >= d.e.timers.Start
}

// tell gives a running turn what people said and answered since it began. What the turn does not take stays for the next look.
func (d *drive) tell(ctx context.Context, st app.Standing) {
	for _, m := range st.Messages {
		if d.first(m.ID) {
			d.signal(ctx, m.ID, runner.Signal{Message: &m})
		}
	}
	for _, r := range st.Replies {
		if !d.first(r.Ask.ID) {
			continue
		}
		sig := runner.Signal{AskID: r.Ask.SourceID, Kind: r.Ask.Kind, Reply: r.Ask.Reply, Text: r.Ask.Message, Answers: r.Answers}
		if d.signal(ctx, r.Ask.ID, sig) {
			if err := d.e.app.Delivered(ctx, d.lease, r.Ask.ID); err != nil && ctx.Err() == nil {
				d.log("note an answer as delivered", err)
			}
		}
	}
}

// first says whether id was not told yet, and notes that it is now.
func (d *drive) first(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.told[id]
	d.told[id] = true
	return !was
}

func (d *drive) signal(ctx context.Context, id string, sig runner.Signal) bool {
	err := d.e.run.Signal(ctx, d.key.tenant, d.key.session, sig)
	if err == nil {
		return true
	}
	if !fault.Is(err, fault.Conflict) && ctx.Err() == nil {
		d.log("tell the agent", err)
		d.mu.Lock()
		delete(d.told, id)
		d.mu.Unlock()
	}
	return false
}

// stall says that nothing was heard for long; nothing is stopped for it. The next event takes it back.
func (d *drive) stall(ctx context.Context, s session.Session) error {
	d.mu.Lock()
	silent := d.turn && d.heard && !d.stalled && s.Status == session.Running && s.WaitingFor == "" && d.e.clock.Now().Sub(d.last) >= d.e.timers.Stall
	d.stalled = d.stalled || silent
	d.mu.Unlock()
	if !silent {
		return nil
	}
	why := session.Reason{Code: session.Stalled, Message: "No event for " + d.e.timers.Stall.String() + ". The work may still go on; nothing was stopped."}
	return d.ours(d.e.app.Record(ctx, d.lease, session.Batch{Trouble: &why}))
}
