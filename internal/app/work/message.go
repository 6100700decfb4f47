package work

import (
	"context"
	"strings"
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

// Messages reads what people told the agent, oldest first.
func (a *Verbs) Messages(ctx context.Context, by tenant.Actor, id session.ID) (ms []session.Message, err error) {
	err = a.inside(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		ms, err = dbwork.On(sc).Messages(ctx, id)
		return err
	})
	return ms, err
}

func (a *Verbs) message(by tenant.UserID, text string) session.Message {
	now := a.k.Clock.Now()
	m := session.Message{Text: text, CreatedBy: by, CreatedAt: now}
	m.ID, m.PartID = session.NewMessageID(now)
	return m
}

// SendMessage tells the agent something: while it works the message is taken in order; after the end the same conversation
// goes on under the quota; a paused or waiting session keeps it for later.
func (a *Verbs) SendMessage(ctx context.Context, by tenant.Actor, id session.ID, words string) (m session.Message, err error) {
	words = text.Clean(words)
	if n := utf8.RuneCountInString(words); strings.TrimSpace(words) == "" || n > session.MaxPrompt {
		return m, fault.Field("text", "A message has 1 to %d characters; this one has %d.", session.MaxPrompt, n)
	}
	_, err = a.change(ctx, by, id, "send_message", func(sc *dbkernel.Scope, s session.Session) error {
		if s.Status == session.Cancelled {
			return fault.New(fault.Conflict, "A cancelled session takes no messages.")
		}
		m = a.message(by.User, words)
		m.Attempt = s.Attempt
		if err := dbwork.On(sc).AddMessage(ctx, id, m); err != nil {
			return err
		}
		note := event.New(event.SessionNote, appkernel.Person(by), event.Note{MessageID: m.ID, Text: m.Text})
		if _, err := dbwork.On(sc).AppendEvents(ctx, id, s.Attempt, []event.Event{note}); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.ring(by.Tenant, id) })
		return a.goOn(ctx, sc, s, by)
	})
	return m, err
}

// goOn takes up a session that has ended, because a person said something more.
func (a *Verbs) goOn(ctx context.Context, sc *dbkernel.Scope, s session.Session, by tenant.Actor) error {
	switch s.Status {
	case session.Completed, session.PartiallyCompleted:
		if err := appmodels.CheckStorage(ctx, sc, "Not started"); err != nil {
			return err
		}
		return a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Queued, ResetClock: true, ResetRetries: true}, appkernel.Person(by))
	case session.Failed, session.Timeout, session.Stopped, session.Orphaned:
		return a.retry(ctx, sc, s, by, false)
	}
	return nil
}
