package engine

import (
	"context"
	"time"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// ticksUnread is how many ticks pass until the row is read even if no bell rings: changes made through another server ring none here.
const ticksUnread = 5

// watch reads the session's row whenever its bell rings and checks the time limits at each tick.
func (d *drive) watch(ctx context.Context) {
	bell, leave := d.e.app.Kernel.Hub.Hang(appwork.Orders(d.key.tenant, d.key.session))
	defer leave()
	tick := time.NewTicker(d.e.timers.Tick)
	defer tick.Stop()
	var st appwork.Standing
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
func (d *drive) readStanding(ctx context.Context) (appwork.Standing, error) {
	bounded, cancel := context.WithTimeout(ctx, d.e.timers.Lease/3)
	defer cancel()
	return d.e.app.Work.Standing(bounded, d.lease)
}

// noteOutage acts on the result of a read. A session that is gone ends the drive. A read that failed is no news about the
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

// look acts on the session's row: a moved session ends the drive, an exceeded time limit moves the session, messages and answers
// are sent to the agent.
func (d *drive) look(ctx context.Context, st appwork.Standing) error {
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
	if d.isInTurn() {
		d.sendNews(ctx, st)
		if d.claimRead() {
			d.reads.Go(func() { d.guard("read a tree's changes", func() { d.readChanges(ctx) }) })
		}
		if d.claimCheckpoint() {
			d.reads.Go(func() { d.guard("take a checkpoint", func() { d.checkpoint(ctx, session.Periodic, "") }) })
		}
		if d.claimWeighing() {
			d.reads.Go(func() { d.guard("weigh a session's tree", func() { d.weigh(ctx, st.Session) }) })
		}
	}
	return d.recordStall(ctx, st.Session)
}

func (d *drive) isInTurn() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.inTurn
}

// readEvery is how often, at most, the changes of a tree are read while an agent works on it.
const readEvery = 5 * time.Second

// claimRead reports whether the changes should be read again. If so, the caller must read them.
func (d *drive) claimRead() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.e.clock.Now()
	if !d.isTouched || now.Sub(d.readAt) < readEvery {
		return false
	}
	d.isTouched, d.readAt = false, now
	return true
}

// overdue returns the status and the reason of a session that has exceeded a time limit, an empty status otherwise.
func (d *drive) overdue(st appwork.Standing) (session.Status, session.Reason) {
	now, s := d.e.clock.Now(), st.Session
	switch {
	case s.Elapsed(now) >= s.MaxDuration:
		return session.Timeout, session.Reason{Code: session.DurationExceeded, Message: "Time limit reached (" + text.Duration(s.MaxDuration) + ")."}
	case st.OpenAsk != nil && now.Sub(*st.OpenAsk) >= d.e.timers.Answer:
		return session.Paused, session.Reason{Code: session.PermissionTimeout, Message: "Nobody answered for " + text.Duration(d.e.timers.Answer) + ". The session no longer uses a slot; the question can still be answered."}
	case d.isUnreachable(now):
		return session.Failed, session.Reason{Code: session.RunnerUnreachable, Message: "OpenCode sent no event within " + text.Duration(d.e.timers.Start) + " of the start."}
	}
	return "", session.Reason{}
}

// isUnreachable reports whether the agent has reported nothing since the turn began and its time for that is over.
func (d *drive) isUnreachable(now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.inTurn && !d.hasReported && now.Sub(d.lastReport) >= d.e.timers.Start
}

// sendNews sends a running turn the messages and answers that arrived since it began. What could not be sent is sent at a later
// look.
func (d *drive) sendNews(ctx context.Context, st appwork.Standing) {
	for _, m := range st.Messages {
		if d.claimSend(m.ID) {
			d.signal(ctx, m.ID, runner.Signal{Message: &m})
		}
	}
	for _, r := range st.Replies {
		if !d.claimSend(r.Ask.ID) {
			continue
		}
		sig := runner.Signal{AskID: r.Ask.SourceID, Kind: r.Ask.Kind, Reply: r.Ask.Reply, Text: r.Ask.Message, Answers: r.Answers}
		if d.signal(ctx, r.Ask.ID, sig) {
			if err := d.e.app.Work.MarkDelivered(ctx, d.lease, r.Ask.ID); err != nil && ctx.Err() == nil {
				d.log("note an answer as delivered", err)
			}
		}
	}
}

// claimSend reports whether id has not been sent yet. If so, the caller must send it.
func (d *drive) claimSend(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.sent[id]
	d.sent[id] = true
	return !was
}

// signal sends sig to the running turn and reports whether the turn has it. After an error it can be sent again; a turn that has
// ended is none, since the next turn starts with everything that was not delivered.
func (d *drive) signal(ctx context.Context, id string, sig runner.Signal) bool {
	err := d.e.run.Signal(ctx, d.key.tenant, d.key.session, sig)
	if err == nil {
		return true
	}
	if !fault.Is(err, fault.Conflict) && ctx.Err() == nil {
		d.log("send a signal to the agent", err)
		d.mu.Lock()
		delete(d.sent, id)
		d.mu.Unlock()
	}
	return false
}

// recordStall records that the agent has been silent for too long. It stops nothing; the next event ends the silence.
func (d *drive) recordStall(ctx context.Context, s session.Session) error {
	if !d.isSilent(s) {
		return nil
	}
	fresh, err := d.readStanding(ctx) // the row of the last look can be from before the agent asked a person
	if err != nil || !d.isSilent(fresh.Session) {
		return err
	}
	d.mu.Lock()
	d.isStalled = true
	d.mu.Unlock()
	why := session.Reason{Code: session.Stalled, Message: "No event for " + text.Duration(d.e.timers.Stall) + ". The agent may still be working; nothing was stopped."}
	err = d.dropConflict(d.e.app.Work.Record(ctx, d.lease, session.Batch{Trouble: &why}))
	if err != nil { // the next look records it
		d.mu.Lock()
		d.isStalled = false
		d.mu.Unlock()
	}
	return err
}

// isSilent reports whether a running agent has reported nothing for too long, and this is news.
func (d *drive) isSilent(s session.Session) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.inTurn && d.hasReported && !d.isStalled && s.Status == session.Running && s.WaitingFor == "" && d.silence(s) >= d.e.timers.Stall
}

// silence is how long the agent has reported nothing while its session's clock ran: the clock stands still while a person thinks
// about an answer. The caller holds mu.
func (d *drive) silence(s session.Session) time.Duration {
	since := d.lastReport
	if s.RanSince != nil && s.RanSince.After(since) {
		since = *s.RanSince
	}
	return d.e.clock.Now().Sub(since)
}
