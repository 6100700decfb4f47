package work

import (
	"context"
	"unicode/utf8"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Messages returns the prompt and the messages of a session, oldest first.
func (a *Verbs) Messages(ctx context.Context, by tenant.Actor, id session.ID) (ms []session.Message, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		ms, err = dbwork.On(sc).Messages(ctx, id)
		return err
	})
	return ms, err
}

func (a *Verbs) newMessage(by tenant.UserID, text string) session.Message {
	now := a.k.Clock.Now()
	m := session.Message{Text: text, CreatedBy: by, CreatedAt: now}
	m.ID, m.PartID = session.NewMessageID(now)
	return m
}

// SendMessage sends the agent a message. A running agent receives it after earlier ones. A finished session continues the same
// conversation, within the quota. A paused or waiting session receives it later.
func (a *Verbs) SendMessage(ctx context.Context, by tenant.Actor, id session.ID, message string) (m session.Message, err error) {
	message = text.Clean(message)
	if n := utf8.RuneCountInString(message); text.Line(message) == "" || n > session.MaxPrompt {
		return m, fault.Field("text", "Enter a message of 1 to %d characters (you entered %d).", session.MaxPrompt, n)
	}
	_, err = a.changeSession(ctx, by, id, "send_message", func(sc *dbkernel.Scope, s session.Session) error {
		if s.Status == session.Cancelled {
			return fault.New(fault.Conflict, "You cannot send messages to a cancelled session.")
		}
		m = a.newMessage(by.User, message)
		m.Attempt = s.Attempt
		if err := dbwork.On(sc).AddMessage(ctx, id, m); err != nil {
			return err
		}
		note := event.New(event.SessionNote, appkernel.Person(by), event.Note{MessageID: m.ID, Text: m.Text})
		if _, err := dbwork.On(sc).AppendEvents(ctx, id, s.Attempt, []event.Event{note}); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.ringSession(by.Tenant, id) })
		return a.continueSession(ctx, sc, s, by)
	})
	return m, err
}

// continueSession queues a finished session that has a new message.
func (a *Verbs) continueSession(ctx context.Context, sc *dbkernel.Scope, s session.Session, by tenant.Actor) error {
	switch s.Status {
	case session.Completed, session.PartiallyCompleted:
		if err := appmodels.CheckStorage(ctx, sc, "Not started"); err != nil {
			return err
		}
		return a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Queued, ResetClock: true, ResetRetries: true}, appkernel.Person(by))
	case session.Failed, session.Timeout, session.Stopped, session.Orphaned:
		return a.retrySession(ctx, sc, s, by, false)
	}
	return nil
}
