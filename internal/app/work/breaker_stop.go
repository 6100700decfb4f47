package work

import (
	"context"
	"slices"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// stopLoop pauses the sessions of the evidence that still run, and stores the evidence with each, in one transaction.
func (a *Verbs) stopLoop(ctx context.Context, t tenant.ID, e loop.Evidence) error {
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		if err := numberTurns(ctx, sc, &e); err != nil {
			return err
		}
		for _, id := range sorted(e.Sessions) {
			if err := a.stopOne(ctx, sc, session.ID(id), e); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *Verbs) stopOne(ctx context.Context, sc *dbkernel.Scope, id session.ID, e loop.Evidence) error {
	s, err := dbwork.On(sc).Session(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && !s.Status.Active() {
		return nil // somebody was first
	}
	if err != nil {
		return err
	}
	e.TotalTokens, e.TotalCost = s.Tokens.Weighted(), s.CostMicroUSD
	sc.AfterCommit(func() {
		a.k.Log.Warn("a session was paused because its agent repeats itself", "tenant", s.Tenant, "session", id, "sign", string(e.Sign), "count", e.Count)
	})
	if err := dbwork.On(sc).AddLoopStop(ctx, id, s.Attempt, e, a.k.Clock.Now()); err != nil {
		return err
	}
	return a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Paused, Reason: session.Reason{Code: session.LoopDetected, Message: e.Sentence()}}, appkernel.System)
}

// numberTurns gives the turns of the evidence the numbers of their events.
func numberTurns(ctx context.Context, sc *dbkernel.Scope, e *loop.Evidence) error {
	es, err := dbwork.On(sc).EventsBefore(ctx, session.ID(e.Session), 0, pastEvents)
	if err != nil {
		return err
	}
	numbers := map[string]int64{}
	for _, x := range es {
		if part := x.EndsPart(); part != "" {
			numbers[part] = x.Seq
		}
	}
	for i, r := range e.Turns {
		if n := numbers[r.Part]; r.Part != "" && n > 0 {
			e.Turns[i].Seq = n
		}
	}
	return nil
}

// SendAndResume sends a paused session a message and queues it.
func (a *Verbs) SendAndResume(ctx context.Context, by tenant.Actor, id session.ID, message string) (session.Session, error) {
	message, err := cleanMessage(message)
	if err != nil {
		return session.Session{}, err
	}
	return a.changeSession(ctx, by, id, "send_and_resume", func(sc *dbkernel.Scope, s session.Session) error {
		if s.Status != session.Paused {
			return errCannot(s, "resumed")
		}
		if _, err := a.addMessage(ctx, sc, s, by, message); err != nil {
			return err
		}
		return a.resume(ctx, sc, s, by, loop.Told)
	})
}

// resume queues a paused session and stores the answer if the breaker had paused it.
func (a *Verbs) resume(ctx context.Context, sc *dbkernel.Scope, s session.Session, by tenant.Actor, r loop.Reply) error {
	if err := appmodels.CheckStorage(ctx, sc, "Not resumed"); err != nil {
		return err
	}
	if s.IsLooped() {
		if err := a.replyStop(ctx, sc, s.ID, r, by); err != nil {
			return err
		}
	}
	return a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Queued}, appkernel.Person(by))
}

func (a *Verbs) replyStop(ctx context.Context, sc *dbkernel.Scope, id session.ID, r loop.Reply, by tenant.Actor) error {
	return dbwork.On(sc).ReplyLoopStop(ctx, id, r, by.User, by.Name, a.k.Clock.Now())
}

// replyToResume says how a resumed session goes on: with a message that a person sent since it was stopped, or as it is. The latter is
// possible once: a session that the breaker stopped again needs a message, or is ended.
func replyToResume(ctx context.Context, sc *dbkernel.Scope, s session.Session) (loop.Reply, error) {
	if !s.IsLooped() {
		return "", nil
	}
	stops, err := dbwork.On(sc).LoopStops(ctx, s.ID, 2)
	if err != nil || len(stops) == 0 {
		return loop.Resumed, err
	}
	waiting, err := dbwork.On(sc).Undelivered(ctx, s.ID)
	switch {
	case err != nil:
		return "", err
	case slices.ContainsFunc(waiting, func(m session.Message) bool { return !m.CreatedAt.Before(stops[0].At) }):
		return loop.Told, nil
	case !loop.CanResumeAsItIs(stops):
		return "", fault.New(fault.Conflict, "This session was resumed without a message once and repeated itself again. Send a message to resume it, or end it.")
	}
	return loop.Resumed, nil
}

// LoopStops are the times that the breaker stopped a session, newest first, and recently stopped other sessions of its team.
type LoopStops struct {
	Own, Team []loop.Stop
}

// The numbers of stops that are listed, and how far back those of a team go.
const (
	ownStops   = 20
	teamStops  = 5
	teamRecent = 90 * 24 * time.Hour
)

// LoopStops returns when and why the breaker stopped a session.
func (a *Verbs) LoopStops(ctx context.Context, by tenant.Actor, id session.ID) (l LoopStops, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		l, err = a.readStops(ctx, sc, id)
		return err
	})
	return l, err
}

func (a *Verbs) readStops(ctx context.Context, sc *dbkernel.Scope, id session.ID) (l LoopStops, err error) {
	if l.Own, err = dbwork.On(sc).LoopStops(ctx, id, ownStops); err != nil || len(l.Own) == 0 {
		return l, err
	}
	l.Team, err = dbwork.On(sc).TeamLoopStops(ctx, a.k.Clock.Now().Add(-teamRecent), id, teamStops)
	return l, err
}

// addMessage stores a person's message to a session with its event.
func (a *Verbs) addMessage(ctx context.Context, sc *dbkernel.Scope, s session.Session, by tenant.Actor, message string) (session.Message, error) {
	m := a.newMessage(by.User, message)
	m.Attempt = s.Attempt
	if err := dbwork.On(sc).AddMessage(ctx, s.ID, m); err != nil {
		return m, err
	}
	note := event.New(event.SessionNote, appkernel.Person(by), event.Note{MessageID: m.ID, Text: m.Text})
	if _, err := dbwork.On(sc).AppendEvents(ctx, s.ID, s.Attempt, []event.Event{note}); err != nil {
		return m, err
	}
	sc.AfterCommit(func() {
		a.breakers.forget(sessionKey{by.Tenant, s.ID})
		a.ringSession(by.Tenant, s.ID)
	})
	return m, nil
}
