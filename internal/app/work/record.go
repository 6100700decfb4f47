package work

import (
	"context"
	"slices"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// SetConversation stores the agent's own session id before the first prompt.
func (a *Verbs) SetConversation(ctx context.Context, l Lease, conversation string) error {
	return a.withLease(ctx, l, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).SetSessionRun(ctx, l.Session, dbwork.RunInfo{Conversation: &conversation})
	})
}

// DropCursors forgets how far the session's conversations were read, because their sources count anew.
func (a *Verbs) DropCursors(ctx context.Context, l Lease) error {
	return a.withLease(ctx, l, func(sc *dbkernel.Scope) error { return dbwork.On(sc).DropCursors(ctx, l.Session) })
}

// SetTree stores the base commit of the session's tree.
func (a *Verbs) SetTree(ctx context.Context, l Lease, baseCommit string) error {
	return a.withLease(ctx, l, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).SetSessionRun(ctx, l.Session, dbwork.RunInfo{BaseCommit: &baseCommit})
	})
}

// Record stores a runner's report in one transaction. It skips source events that are stored already, so a batch may be sent twice. It removes
// the server's own credentials from what the agent reports.
func (a *Verbs) Record(ctx context.Context, l Lease, b session.Batch) error {
	b = withoutSecrets(b)
	record := a.recordAlone
	if writesOwnRows(b) {
		record = a.recordTogether
	}
	if err := record(ctx, l, b); err != nil {
		return err
	}
	a.watchEvents(ctx, l, b.Events)
	return nil
}

func (a *Verbs) recordAlone(ctx context.Context, l Lease, b session.Batch) error {
	return a.withLease(ctx, l, func(sc *dbkernel.Scope) error { return a.record(ctx, sc, l, b) })
}

// record stores a batch in the scope of a valid lease.
func (a *Verbs) record(ctx context.Context, sc *dbkernel.Scope, l Lease, b session.Batch) error {
	if len(b.Events) > 0 {
		if _, err := dbwork.On(sc).AppendEvents(ctx, l.Session, l.Attempt, byAgent(b.Events)); err != nil {
			return err
		}
	}
	if err := a.recordAsks(ctx, sc, l, b); err != nil {
		return err
	}
	if err := dbwork.On(sc).TouchSession(ctx, l.Session, l.Attempt, b.Doing, a.k.Clock.Now()); err != nil {
		return err
	}
	if err := a.recordRest(ctx, sc, l, b); err != nil {
		return err
	}
	return a.recordTrouble(ctx, sc, l, b.Trouble)
}

// recordNew is record for a report that writes rows of its own session only and has only new events.
func (a *Verbs) recordNew(ctx context.Context, sc *dbkernel.Scope, l Lease, b session.Batch) error {
	if err := dbwork.On(sc).ReportEvents(ctx, l.Session, l.Attempt, l.Token, byAgent(b.Events)); err != nil {
		return err
	}
	return a.recordRest(ctx, sc, l, b)
}

// recordRest stores the rest of a batch: growing and finished texts, sent messages and cursors.
func (a *Verbs) recordRest(ctx context.Context, sc *dbkernel.Scope, l Lease, b session.Batch) error {
	if err := dbwork.On(sc).SetParts(ctx, l.Session, b.Parts); err != nil {
		return err
	}
	if done := endedParts(b.Events); len(done) > 0 {
		if err := dbwork.On(sc).DropParts(ctx, l.Session, done); err != nil {
			return err
		}
	}
	if err := dbwork.On(sc).MarkSent(ctx, l.Session, b.Sent, a.k.Clock.Now()); err != nil {
		return err
	}
	sc.AfterCommit(func() { a.ringRecorded(l, b) })
	return dbwork.On(sc).SetCursors(ctx, l.Session, b.Cursor)
}

func (a *Verbs) ringRecorded(l Lease, b session.Batch) {
	a.k.Hub.RingBell(hub.Session(l.Tenant, l.Session))
	if !writesOwnRows(b) {
		a.k.Hub.RingBell(hub.Team(l.Tenant))
	}
	if len(b.Asks)+len(b.Gone) > 0 || b.Waiting != nil {
		a.k.Hub.RingBell(Orders(l.Tenant, l.Session)) // the time limit is paused until a person answers
	}
}

// byAgent returns the events with the agent as the actor of those that name none.
func byAgent(es []event.Event) []event.Event {
	es = slices.Clone(es) // the caller may have left, and may report the same events again
	for i, e := range es {
		if e.Actor.Kind == "" {
			es[i].Actor = event.Actor{Kind: "agent"}
		}
	}
	return es
}

// endedParts returns the parts whose last event is in es. Their stored partial texts are no longer needed.
func endedParts(es []event.Event) (parts []string) {
	for _, e := range es {
		if part := e.EndsPart(); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// recordTrouble moves the session between running and degraded as the runner reports; nil changes nothing.
func (a *Verbs) recordTrouble(ctx context.Context, sc *dbkernel.Scope, l Lease, trouble *session.Reason) error {
	if trouble == nil {
		return nil
	}
	s, err := dbwork.On(sc).Session(ctx, l.Session)
	if err != nil {
		return err
	}
	switch {
	case trouble.Code != "" && s.Status == session.Running:
		return a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Degraded, Reason: *trouble}, appkernel.System)
	case trouble.Code == "" && s.Status == session.Degraded:
		return a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Running}, appkernel.System)
	}
	return nil
}
