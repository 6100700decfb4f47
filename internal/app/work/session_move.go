package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// MoveIn changes a session's status in the caller's transaction: it checks the transition, compares and sets the row, and writes the
// event and the audit entry, and at an end the outcome of the attempt. The bells ring after the commit. It sets m.ID, From and At.
//
// Only dbwork.System.Claim, the dispatcher's statement across teams, moves sessions as well. TestBothDoorsOfAMoveWriteTheSame checks
// that both write the same rows.
func (a *Verbs) MoveIn(ctx context.Context, sc *dbkernel.Scope, s session.Session, m dbwork.Move, by event.Actor) error {
	if err := session.Move(s.Status, m.To); err != nil {
		return err
	}
	if m.To == session.Queued {
		if err := dbwork.On(sc).CheckNotRestoring(ctx, s.ID); err != nil {
			return err
		}
	}
	m.ID, m.From, m.At = s.ID, s.Status, a.k.Clock.Now()
	m.Reason.Message = appkernel.RemoveOwnSecrets(m.Reason.Message)
	placing, err := dbwork.On(sc).MoveSession(ctx, m)
	if err != nil {
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
	if m.To.Finished() && m.To != session.Cancelled {
		if err := dbwork.On(sc).EndAttempt(ctx, s.ID); err != nil {
			return err
		}
		if err := a.judge(ctx, sc, s.ID, s.Attempt); err != nil {
			return err
		}
	}
	if err := a.place(ctx, sc, s.ID, placing); err != nil {
		return err
	}
	t := s.Tenant
	sc.AfterCommit(func() {
		a.ringSession(t, s.ID)
		if !m.To.Active() {
			a.breakers.leave(sessionKey{t, s.ID}, m.To)
		}
		if m.To == session.Queued || s.Status.Active() {
			a.k.Hub.RingBell(appkernel.Queue)
		}
	})
	return nil
}

// auditMove writes a move by the system to the audit log. A person's move is written with the person's verb.
func (a *Verbs) auditMove(ctx context.Context, sc *dbkernel.Scope, s session.Session, m dbwork.Move, by event.Actor) error {
	if by.Kind != appkernel.System.Kind {
		return nil
	}
	return sc.WriteAudit(ctx, dbwork.MoveAudit(s, m.To, m.Reason.Code, a.k.Clock.Now()))
}

// changeSession runs a person's move on a session: it checks the right for this session, runs fn and writes the audit entry.
func (a *Verbs) changeSession(ctx context.Context, by tenant.Actor, id session.ID, verb string, fn func(*dbkernel.Scope, session.Session) error) (s session.Session, err error) {
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
	return a.changeSession(ctx, by, id, "start_session", func(sc *dbkernel.Scope, s session.Session) error {
		if s.Status != session.Pending {
			return errCannot(s, "started")
		}
		return a.enqueue(ctx, sc, s, appkernel.Person(by), session.Reason{})
	})
}

// PauseSession pauses a running session. It aborts the turn cleanly and keeps the conversation.
func (a *Verbs) PauseSession(ctx context.Context, by tenant.Actor, id session.ID) (session.Session, error) {
	return a.changeSession(ctx, by, id, "pause_session", func(sc *dbkernel.Scope, s session.Session) error {
		return a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Paused, Reason: byPerson("Paused", by)}, appkernel.Person(by))
	})
}

// ResumeSession queues a paused session. It continues the same conversation when a slot is free. One that the breaker paused can be
// resumed once without a message.
func (a *Verbs) ResumeSession(ctx context.Context, by tenant.Actor, id session.ID) (session.Session, error) {
	return a.changeSession(ctx, by, id, "resume_session", func(sc *dbkernel.Scope, s session.Session) error {
		if s.Status != session.Paused {
			return errCannot(s, "resumed")
		}
		reply, err := replyToResume(ctx, sc, s)
		if err != nil {
			return err
		}
		return a.resume(ctx, sc, s, by, reply)
	})
}

// StopSession ends a running, degraded or paused session. The conversation and the changes are kept.
func (a *Verbs) StopSession(ctx context.Context, by tenant.Actor, id session.ID) (session.Session, error) {
	return a.changeSession(ctx, by, id, "stop_session", func(sc *dbkernel.Scope, s session.Session) error {
		return a.endSession(ctx, sc, s, dbwork.Move{To: session.Stopped, Reason: byPerson("Stopped", by)}, by)
	})
}

// CancelSession cancels a session that has not started. It cannot be undone.
func (a *Verbs) CancelSession(ctx context.Context, by tenant.Actor, id session.ID) (session.Session, error) {
	return a.changeSession(ctx, by, id, "cancel_session", func(sc *dbkernel.Scope, s session.Session) error {
		return a.endSession(ctx, sc, s, dbwork.Move{To: session.Cancelled, Reason: byPerson("Cancelled", by)}, by)
	})
}

// endSession is a person's move to a finished status. It closes the open asks, or a later attempt would wait for them.
func (a *Verbs) endSession(ctx context.Context, sc *dbkernel.Scope, s session.Session, m dbwork.Move, by tenant.Actor) error {
	if s.IsLooped() {
		if err := a.replyStop(ctx, sc, s.ID, loop.Ended, by); err != nil {
			return err
		}
	}
	if err := a.MoveIn(ctx, sc, s, m, appkernel.Person(by)); err != nil {
		return err
	}
	return a.followUp(ctx, sc, s, m.To, m.Reason)
}

// RetrySession starts the next attempt of a session that failed, timed out, was stopped or is orphaned: with the same changes and
// conversation, or with fresh ones. The conversation of an orphaned session is lost, so it always gets a fresh one.
func (a *Verbs) RetrySession(ctx context.Context, by tenant.Actor, id session.ID, fresh bool) (session.Session, error) {
	return a.changeSession(ctx, by, id, "retry_session", func(sc *dbkernel.Scope, s session.Session) error {
		return a.retrySession(ctx, sc, s, by, fresh)
	})
}

func (a *Verbs) retrySession(ctx context.Context, sc *dbkernel.Scope, s session.Session, by tenant.Actor, fresh bool) error {
	if !s.Status.Finished() || !session.CanMove(s.Status, session.Pending) {
		return errCannot(s, "retried") // a queued session can become pending, but that starts no attempt
	}
	if err := a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Pending, ResetRetries: true, Reason: byPerson("Retried", by)}, appkernel.Person(by)); err != nil {
		return err
	}
	_, rewinds, err := dbwork.On(sc).Rewind(ctx, s.ID)
	if err != nil {
		return err
	}
	if fresh {
		if err := dbwork.On(sc).DropRewind(ctx, s.ID); err != nil {
			return err
		}
	}
	if fresh || s.Status == session.Orphaned && !rewinds {
		if err := dbwork.On(sc).SetSessionRun(ctx, s.ID, dbwork.RunInfo{Fresh: true, KeepTree: !fresh}); err != nil {
			return err
		}
	}
	if s, err = dbwork.On(sc).Session(ctx, s.ID); err != nil {
		return err
	}
	return a.enqueue(ctx, sc, s, appkernel.Person(by), session.Reason{})
}

// DeleteSession hides a finished session or a draft. It is purged after 30 days. Work that waits in a merge queue is not deleted.
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
			return fault.New(fault.Conflict, "A session that is %s cannot be deleted. Stop or cancel it first.", s.Status.Word())
		}
		if err := refuseInQueue(ctx, sc, id); err != nil {
			return err
		}
		if err := dbwork.On(sc).DeleteSession(ctx, id, a.k.Clock.Now()); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.ringSession(by.Tenant, id) })
		return a.k.Audit(ctx, sc, by, "delete_session", string(id), s.Title)
	})
}

func errCannot(s session.Session, done string) error {
	return fault.New(fault.Conflict, "A session that is %s cannot be %s.", s.Status.Word(), done)
}

func byPerson(verb string, by tenant.Actor) session.Reason {
	return session.Reason{Code: session.ByUser, Message: verb + " by " + by.Name + "."}
}
