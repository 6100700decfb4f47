package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// MoveIn changes a session's status: rule, compare-and-set, event and audit in the caller's transaction. The one other door is the
// dispatcher's, db.System.Claim, which crosses teams: both make of a row what db's standing.move says, and
// TestBothDoorsOfAMoveWriteTheSame holds them to the same rows.
// m.ID, From and At are filled from s; the bells ring after the commit.
func (a *Verbs) MoveIn(ctx context.Context, sc *dbkernel.Scope, s session.Session, m dbwork.Move, by event.Actor) error {
	if err := session.Move(s.Status, m.To); err != nil {
		return err
	}
	m.ID, m.From, m.At = s.ID, s.Status, a.k.Clock.Now()
	if err := dbwork.On(sc).MoveSession(ctx, m); err != nil {
		return err
	}
	attempt := s.Attempt
	if m.NewAttempt {
		attempt++
	}
	e := event.New(event.SessionState, by, event.State{From: string(s.Status), To: string(m.To), Code: string(m.Reason.Code), Message: m.Reason.Message})
	if _, err := dbwork.On(sc).AppendEvents(ctx, s.ID, attempt, []event.Event{e}); err != nil {
		return err
	}
	if err := a.auditMove(ctx, sc, s, m, by); err != nil {
		return err
	}
	t := s.Tenant
	sc.AfterCommit(func() {
		a.ring(t, s.ID)
		if m.To == session.Queued || s.Status.Active() {
			a.k.Hub.RingBell(appkernel.Queue)
		}
	})
	return nil
}

// auditMove writes down a move that nobody asked for; a person's is written down with the verb they used.
func (a *Verbs) auditMove(ctx context.Context, sc *dbkernel.Scope, s session.Session, m dbwork.Move, by event.Actor) error {
	if by.Kind != appkernel.System.Kind {
		return nil
	}
	return sc.WriteAudit(ctx, dbwork.SystemMove(s, m.To, m.Reason.Code, a.k.Clock.Now()))
}

// change runs one person's move on a session: rights on this very session, the move, the audit row.
func (a *Verbs) change(ctx context.Context, by tenant.Actor, id session.ID, verb string, fn func(*dbkernel.Scope, session.Session) error) (s session.Session, err error) {
	if err := appkernel.CheckID("session", string(id)); err != nil {
		return s, err
	}
	err = a.k.Write(ctx, by, tenant.WriteSessions, func(sc *dbkernel.Scope) error {
		if s, err = dbwork.On(sc).Session(ctx, id); err != nil {
			return err
		}
		if err := by.MayOn(tenant.WriteSessions, s.CreatedBy); err != nil {
			return err
		}
		if err := fn(sc, s); err != nil {
			return err
		}
		if err := a.k.Audit(ctx, sc, by, verb, string(id), s.Title); err != nil {
			return err
		}
		s, err = dbwork.On(sc).Session(ctx, id)
		return err
	})
	return s, err
}

// StartSession queues a draft.
func (a *Verbs) StartSession(ctx context.Context, by tenant.Actor, id session.ID) (session.Session, error) {
	return a.change(ctx, by, id, "start_session", func(sc *dbkernel.Scope, s session.Session) error {
		if s.Status != session.Pending {
			return cannot(s, "started")
		}
		return a.enqueue(ctx, sc, s, appkernel.Person(by), session.Reason{})
	})
}

// PauseSession takes a running session off its slot; the running turn is aborted cleanly and the conversation kept.
func (a *Verbs) PauseSession(ctx context.Context, by tenant.Actor, id session.ID) (session.Session, error) {
	return a.change(ctx, by, id, "pause_session", func(sc *dbkernel.Scope, s session.Session) error {
		return a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Paused, Reason: byPerson("Paused", by)}, appkernel.Person(by))
	})
}

// ResumeSession puts a paused session back into the queue; it goes on in the same conversation when there is a slot.
func (a *Verbs) ResumeSession(ctx context.Context, by tenant.Actor, id session.ID) (session.Session, error) {
	return a.change(ctx, by, id, "resume_session", func(sc *dbkernel.Scope, s session.Session) error {
		if s.Status != session.Paused {
			return cannot(s, "resumed")
		}
		if err := appmodels.CheckStorage(ctx, sc, "Not resumed"); err != nil {
			return err
		}
		return a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Queued}, appkernel.Person(by))
	})
}

// StopSession ends a running, degraded or paused session; transcript and tree are kept.
func (a *Verbs) StopSession(ctx context.Context, by tenant.Actor, id session.ID) (session.Session, error) {
	return a.change(ctx, by, id, "stop_session", func(sc *dbkernel.Scope, s session.Session) error {
		return a.end(ctx, sc, s, dbwork.Move{To: session.Stopped, Reason: byPerson("Stopped", by)}, by)
	})
}

// CancelSession gives up a session that does not run; there is no way back.
func (a *Verbs) CancelSession(ctx context.Context, by tenant.Actor, id session.ID) (session.Session, error) {
	return a.change(ctx, by, id, "cancel_session", func(sc *dbkernel.Scope, s session.Session) error {
		return a.end(ctx, sc, s, dbwork.Move{To: session.Cancelled, Reason: byPerson("Cancelled", by)}, by)
	})
}

// end is a person's move to a finished status: what the agent asked is asked no more, or a later attempt would wait for it.
func (a *Verbs) end(ctx context.Context, sc *dbkernel.Scope, s session.Session, m dbwork.Move, by tenant.Actor) error {
	if err := a.MoveIn(ctx, sc, s, m, appkernel.Person(by)); err != nil {
		return err
	}
	return a.after(ctx, sc, s, m.To, m.Reason)
}

// RetrySession starts the next attempt of a session that failed, timed out, was stopped or is orphaned: in the same tree
// and conversation, or with fresh ones. An orphaned session's conversation is gone, so it always gets a fresh one.
func (a *Verbs) RetrySession(ctx context.Context, by tenant.Actor, id session.ID, fresh bool) (session.Session, error) {
	return a.change(ctx, by, id, "retry_session", func(sc *dbkernel.Scope, s session.Session) error {
		return a.retry(ctx, sc, s, by, fresh)
	})
}

func (a *Verbs) retry(ctx context.Context, sc *dbkernel.Scope, s session.Session, by tenant.Actor, fresh bool) error {
	if !s.Status.Finished() || !session.CanMove(s.Status, session.Pending) {
		return cannot(s, "retried") // one that is queued may be taken back, but that begins no attempt
	}
	if err := a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Pending, ResetRetries: true, Reason: byPerson("Retried", by)}, appkernel.Person(by)); err != nil {
		return err
	}
	if fresh || s.Status == session.Orphaned {
		if err := dbwork.On(sc).SetSessionRun(ctx, s.ID, dbwork.RunInfo{Fresh: true, KeepTree: !fresh}); err != nil {
			return err
		}
	}
	s, err := dbwork.On(sc).Session(ctx, s.ID)
	if err != nil {
		return err
	}
	return a.enqueue(ctx, sc, s, appkernel.Person(by), session.Reason{})
}

// DeleteSession hides a finished session or a draft; it can be brought back for 30 days.
func (a *Verbs) DeleteSession(ctx context.Context, by tenant.Actor, id session.ID) error {
	if err := appkernel.CheckID("session", string(id)); err != nil {
		return err
	}
	return a.k.Write(ctx, by, tenant.WriteSessions, func(sc *dbkernel.Scope) error {
		s, err := dbwork.On(sc).Session(ctx, id)
		if err != nil {
			return err
		}
		if err := by.MayOn(tenant.WriteSessions, s.CreatedBy); err != nil {
			return err
		}
		if !s.Status.Finished() && s.Status != session.Pending {
			return fault.New(fault.Conflict, "A session that is %s cannot be deleted; stop or cancel it first.", s.Status.Word())
		}
		if err := dbwork.On(sc).DeleteSession(ctx, id, a.k.Clock.Now()); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.ring(by.Tenant, id) })
		return a.k.Audit(ctx, sc, by, "delete_session", string(id), s.Title)
	})
}

func cannot(s session.Session, done string) error {
	return fault.New(fault.Conflict, "A session that is %s cannot be %s.", s.Status.Word(), done)
}

func byPerson(verb string, by tenant.Actor) session.Reason {
	return session.Reason{Code: session.ByUser, Message: verb + " by " + by.Name + "."}
}
