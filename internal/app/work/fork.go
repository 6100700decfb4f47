package work

import (
	"context"
	"errors"
	"regexp"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Fork is where a new session starts.
type Fork struct {
	// Checkpoint is the number of a checkpoint. If it is 0, MessageID is a message of the conversation.
	Checkpoint int64
	MessageID  string
	// FilesOnly starts a new conversation.
	FilesOnly bool
	// Title, Message, Model and Agent are those of the other session where they are empty; without a message the conversation only ends there.
	Title, Message, Model, Agent string
	// Start queues the session.
	Start bool
}

var messageID = regexp.MustCompile(`^msg_[A-Za-z0-9]{1,60}$`)

// ForkSession creates a session of the actor whose files and conversation start at a checkpoint or message of another one, which is not
// changed. Its limits are those of any new session.
func (a *Verbs) ForkSession(ctx context.Context, by tenant.Actor, id session.ID, f Fork) (s session.Session, err error) {
	if err := appkernel.CheckID("session", string(id)); err != nil {
		return s, err
	}
	release := func() {}
	defer func() { release() }()
	err = a.k.Write(ctx, by, tenant.WriteSessions, func(sc *dbkernel.Scope) error {
		from, err := dbwork.On(sc).Session(ctx, id)
		if err != nil {
			return err
		}
		if err := by.MayOn(tenant.WriteSessions, from.CreatedBy); err != nil {
			return err
		}
		c, err := findStart(ctx, sc, id, f)
		if err != nil {
			return err
		}
		if s, err = a.insertFork(ctx, sc, by, from, c, f); err != nil {
			return err
		}
		release()
		release = a.holdRestore(by.Tenant, s.ID) // before anybody can see it
		return nil
	})
	if err != nil {
		return s, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreWithin)
	defer cancel()
	if _, err := a.finishRestore(ctx, by.Tenant, s.ID); err != nil {
		return s, err
	}
	return a.Session(ctx, by, s.ID)
}

// ForkStart returns the checkpoint that a fork would start from.
func (a *Verbs) ForkStart(ctx context.Context, by tenant.Actor, id session.ID, f Fork) (c session.Checkpoint, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, s session.Session) error {
		if err := by.MayOn(tenant.WriteSessions, s.CreatedBy); err != nil {
			return err
		}
		c, err = findStart(ctx, sc, id, f)
		return err
	})
	return c, err
}

// findStart finds the checkpoint that a fork starts from.
func findStart(ctx context.Context, sc *dbkernel.Scope, id session.ID, f Fork) (c session.Checkpoint, err error) {
	if f.Checkpoint == 0 && !messageID.MatchString(f.MessageID) {
		return c, fault.Field("checkpoint", "Enter the number of a checkpoint, or a message_id such as msg_0123456789ab.")
	}
	if f.Checkpoint > 0 {
		return dbwork.On(sc).Checkpoint(ctx, id, f.Checkpoint)
	}
	c, ok, err := dbwork.On(sc).CheckpointAtMessage(ctx, id, f.MessageID)
	if err == nil && !ok {
		err = fault.Field("message_id", "This session has no checkpoint from before that message.")
	}
	return c, err
}

// insertFork stores the new session as a draft that cannot start before its files are there.
func (a *Verbs) insertFork(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, from session.Session, c session.Checkpoint, f Fork) (session.Session, error) {
	s := a.newDraft(by, forked(from, f))
	s.BaseCommit = from.BaseCommit
	if err := s.Check(); err != nil {
		return s, err
	}
	if f.Start {
		if err := a.checkStart(ctx, sc); err != nil {
			return s, err
		}
	}
	if err := resolveReferences(ctx, sc, by, &s); err != nil {
		return s, err
	}
	if err := applyLimits(ctx, sc, by, &s); err != nil {
		return s, err
	}
	at := c.MessageID
	if f.Checkpoint == 0 {
		at = f.MessageID
	}
	if f.FilesOnly || c.Conversation == "" || at == "" {
		c.Conversation, at = "", ""
	}
	e := event.New(event.SessionForked, appkernel.Person(by), event.Restored{N: c.N, From: string(from.ID), Tree: c.Tree, Conversation: c.Conversation, MessageID: at})
	if err := a.insertStart(ctx, sc, by, s, f, e); err != nil {
		return s, err
	}
	if at != "" {
		if err := dbwork.On(sc).SetSessionRun(ctx, s.ID, dbwork.RunInfo{Conversation: &c.Conversation}); err != nil {
			return s, err
		}
		if err := dbwork.On(sc).SetRewind(ctx, s.ID, session.Rewind{From: from.ID, Conversation: c.Conversation, MessageID: at}); err != nil {
			return s, err
		}
	}
	r := dbwork.Restore{From: from.ID, N: c.N, Queue: f.Start, By: by.User, ByName: by.Name}
	if err := dbwork.On(sc).AddRestore(ctx, s.ID, r, a.k.Clock.Now()); err != nil {
		return s, err
	}
	return s, a.k.Audit(ctx, sc, by, "fork_session", string(s.ID), s.Title)
}

// insertStart stores the session with its first message, which it has unless it only continues the conversation.
func (a *Verbs) insertStart(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, s session.Session, f Fork, e event.Event) error {
	if text.Line(f.Message) != "" || f.FilesOnly {
		return a.insertWithPrompt(ctx, sc, by, s, e)
	}
	if err := dbwork.On(sc).CreateSession(ctx, s); err != nil {
		return err
	}
	_, err := dbwork.On(sc).AppendEvents(ctx, s.ID, 0, []event.Event{event.New(event.SessionCreated, appkernel.Person(by), event.Created{Title: s.Title}), e})
	return err
}

// forked is a new session like another one.
func forked(from session.Session, f Fork) session.Session {
	pick := func(own, other string) string {
		if text.Line(own) == "" {
			return other
		}
		return own
	}
	s := session.Session{Title: pick(f.Title, from.Title), Prompt: pick(f.Message, from.Prompt), Model: pick(f.Model, from.Model), Agent: pick(f.Agent, from.Agent),
		Description: from.Description, Type: from.Type, Priority: from.Priority, RepositoryID: from.RepositoryID, BaseRef: from.BaseRef,
		MaxDuration: from.MaxDuration, Tags: from.Tags, Metadata: from.Metadata}
	if f.Agent == "" {
		s.AgentID, s.AgentVersion = from.AgentID, from.AgentVersion
	}
	return s
}

// finishFork creates the files of a forked session and queues it if it was asked for. If that fails, the session is deleted.
func (a *Verbs) finishFork(ctx context.Context, from, s session.Session, c session.Checkpoint, r dbwork.Restore) error {
	by := tenant.Actor{Tenant: s.Tenant, User: r.By, Name: r.ByName}
	err := a.opts.Trees().Fork(ctx, from, s, c.Snapshot)
	if err == nil {
		err = a.k.DB.Update(ctx, s.Tenant, func(sc *dbkernel.Scope) error {
			if err := dbwork.On(sc).DropRestore(ctx, s.ID); err != nil {
				return err
			}
			sc.AfterCommit(func() { a.ringSession(s.Tenant, s.ID); a.k.Hub.RingBell(appkernel.Queue) })
			if !r.Queue {
				return nil
			}
			return a.enqueue(ctx, sc, s, appkernel.Person(by), session.Reason{})
		})
	}
	if err != nil && ctx.Err() == nil {
		err = errors.Join(err, a.k.DB.Update(ctx, s.Tenant, func(sc *dbkernel.Scope) error {
			return dbwork.On(sc).DeleteSession(ctx, s.ID, a.k.Clock.Now())
		}))
	}
	return err
}
