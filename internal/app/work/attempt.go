package work

import (
	"context"
	"math/rand/v2"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// The verbs of the loops that drive attempts. Writes of an attempt require its lease, writes of a loop name the tenant.

// Standing is the state of a session for the loop that drives it.
type Standing struct {
	Session  session.Session
	Messages []session.Message      // not sent to the agent yet, oldest first
	Last     *session.Message       // the last one sent, which a runner needs again after a crash
	Replies  []session.PendingReply // answers that the agent has not received yet
	OpenAsks []session.Ask          // the open asks, oldest first
	OpenAsk  *time.Time             // the time of the oldest open ask
	Cursor   map[string]int64
	// Rewind is what has to happen to the conversation before the next turn; nil means nothing.
	Rewind *session.Rewind
	// Imports is how often the conversation was imported, after which its events count anew.
	Imports int64
	Held    bool // the lease still holds
	// Spec is the version of the session's agent; nil without one.
	Spec *agent.Spec
}

// Standing reads a session for the loop that drives it.
func (a *Verbs) Standing(ctx context.Context, l Lease) (st Standing, err error) {
	err = a.k.DB.View(ctx, l.Tenant, func(sc *dbkernel.Scope) error {
		if st.Session, err = dbwork.On(sc).Session(ctx, l.Session); err != nil {
			return err
		}
		if st.Spec, err = specOf(ctx, sc, st.Session); err != nil {
			return err
		}
		if st.Messages, err = dbwork.On(sc).Undelivered(ctx, l.Session); err != nil {
			return err
		}
		if m, ok, err := dbwork.On(sc).LastSent(ctx, l.Session); err != nil {
			return err
		} else if ok {
			st.Last = &m
		}
		if st.Replies, err = dbwork.On(sc).PendingReplies(ctx, l.Session); err != nil {
			return err
		}
		if st.Cursor, err = dbwork.On(sc).Cursors(ctx, l.Session); err != nil {
			return err
		}
		if st.Imports, err = dbwork.On(sc).Imports(ctx, l.Session); err != nil {
			return err
		}
		if r, ok, err := dbwork.On(sc).Rewind(ctx, l.Session); err != nil {
			return err
		} else if ok {
			st.Rewind = &r
		}
		if st.OpenAsks, err = openAsks(ctx, sc, l.Session); len(st.OpenAsks) > 0 {
			st.OpenAsk = &st.OpenAsks[0].AskedAt
		}
		return err
	})
	if err != nil {
		return Standing{}, err
	}
	st.Held = st.Session.Attempt == l.Attempt
	return st, nil
}

func openAsks(ctx context.Context, sc *dbkernel.Scope, id session.ID) (open []session.Ask, err error) {
	asks, err := dbwork.On(sc).SessionAsks(ctx, id)
	for _, k := range asks {
		if k.Reply == "" && !k.Gone {
			open = append(open, k)
		}
	}
	return open, err
}

// MarkDelivered records that the agent received an answer.
func (a *Verbs) MarkDelivered(ctx context.Context, l Lease, askID string) error {
	return a.withLease(ctx, l, func(sc *dbkernel.Scope) error { return dbwork.On(sc).MarkDelivered(ctx, askID, a.k.Clock.Now()) })
}

// Move moves a leased session that is still active; Conflict if a person moved it first.
func (a *Verbs) Move(ctx context.Context, l Lease, to session.Status, why session.Reason) error {
	return a.withLease(ctx, l, func(sc *dbkernel.Scope) error {
		s, err := dbwork.On(sc).Session(ctx, l.Session)
		if err != nil {
			return err
		}
		if !s.Status.Active() {
			return fault.New(fault.Conflict, "The session is now %s.", s.Status.Word())
		}
		m := dbwork.Move{To: to, Reason: why, ResumeOnStart: why.Code == session.Shutdown}
		if err := a.MoveIn(ctx, sc, s, m, appkernel.System); err != nil {
			return err
		}
		return a.followUp(ctx, sc, s, to, why)
	})
}

// Complete completes a session whose agent is done. If a message waits for the agent, it changes nothing and more is true.
func (a *Verbs) Complete(ctx context.Context, l Lease) (more bool, err error) {
	err = a.withLease(ctx, l, func(sc *dbkernel.Scope) error {
		s, err := dbwork.On(sc).Session(ctx, l.Session)
		if err != nil {
			return err
		}
		waiting, err := dbwork.On(sc).Undelivered(ctx, l.Session)
		if more = len(waiting) > 0; err != nil || more {
			return err
		}
		if err := a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Completed}, appkernel.System); err != nil {
			return err
		}
		return a.followUp(ctx, sc, s, session.Completed, session.Reason{})
	})
	return more, err
}

// followUp does what follows a move: it closes the open asks, deletes growing texts, and schedules a retry of a failure
// that may be temporary.
func (a *Verbs) followUp(ctx context.Context, sc *dbkernel.Scope, s session.Session, to session.Status, why session.Reason) error {
	if to.Finished() {
		if _, err := dbwork.On(sc).CloseAsks(ctx, s.ID, nil, a.k.Clock.Now()); err != nil {
			return err
		}
		if err := dbwork.On(sc).DropParts(ctx, s.ID, nil); err != nil {
			return err
		}
	}
	if to != session.Failed || !why.Code.Retries() || s.RetryCount >= session.MaxAutomaticRetries {
		return nil
	}
	failed, err := dbwork.On(sc).Session(ctx, s.ID)
	if err != nil {
		return err
	}
	at := a.k.Clock.Now().Add(session.RetryDelay(s.RetryCount, rand.Float64()))
	if why.RetryAt.After(at) {
		at = why.RetryAt
	}
	return a.MoveIn(ctx, sc, failed, dbwork.Move{To: session.Pending, Reason: why, RetryAt: &at, CountRetry: true}, appkernel.System)
}

// Requeue starts the next attempt of a session whose retry is due, or resumes one that a shutdown paused.
func (a *Verbs) Requeue(ctx context.Context, t tenant.ID, id session.ID) error {
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		s, err := dbwork.On(sc).Session(ctx, id)
		if err != nil {
			return err
		}
		switch s.Status {
		case session.Pending:
			if s.RetryAt != nil && !s.RetryAt.After(a.k.Clock.Now()) {
				return a.enqueue(ctx, sc, s, appkernel.System, session.Reason{})
			}
		case session.Paused:
			if s.Reason.Code == session.Shutdown {
				return a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Queued}, appkernel.System)
			}
		}
		return nil // a person moved it in the meantime
	})
}

// AppendEvents appends events of the system to a leased session, such as the results of checks.
func (a *Verbs) AppendEvents(ctx context.Context, l Lease, es ...event.Event) error {
	return a.withLease(ctx, l, func(sc *dbkernel.Scope) error {
		_, err := dbwork.On(sc).AppendEvents(ctx, l.Session, l.Attempt, es)
		if err != nil {
			return err
		}
		sc.AfterCommit(func() { a.ringSession(l.Tenant, l.Session) })
		return nil
	})
}
