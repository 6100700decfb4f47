package work

import (
	"context"
	"errors"
	"fmt"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Restored is the result of a restore.
type Restored struct {
	Session session.Session
	// Before is the checkpoint that was taken first; 0 if there was no working tree to take one of.
	Before int64
}

// RestoreSession takes a checkpoint of a session, makes its files exactly those of an earlier checkpoint, and lets its conversation end where
// it ended then. A running session is paused first. With a message, the session continues; otherwise its status stays. What the session has
// used stays counted, and its log stays.
func (a *Verbs) RestoreSession(ctx context.Context, by tenant.Actor, id session.ID, n int64, message string) (r Restored, err error) {
	if text.Line(message) != "" {
		if message, err = cleanMessage(message); err != nil {
			return r, err
		}
	}
	defer a.holdRestore(by.Tenant, id)()
	_, err = a.changeSession(ctx, by, id, "restore_session", func(sc *dbkernel.Scope, s session.Session) error {
		if _, err := dbwork.On(sc).Checkpoint(ctx, id, n); err != nil {
			return err
		}
		if s.Status == session.Queued || s.Status == session.Cancelled {
			return errCannot(s, "restored")
		}
		if s.Status.Active() {
			why := byPerson(fmt.Sprintf("Paused to restore checkpoint %d", n), by)
			if err := a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Paused, Reason: why}, appkernel.Person(by)); err != nil {
				return err
			}
		}
		return dbwork.On(sc).AddRestore(ctx, id, dbwork.Restore{From: id, N: n, Message: message, By: by.User, ByName: by.Name}, a.k.Clock.Now())
	})
	if err != nil {
		return r, err
	}
	// A person who leaves does not stop it half way.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreWithin)
	defer cancel()
	if r.Before, err = a.finishRestore(ctx, by.Tenant, id); err != nil {
		return r, err
	}
	r.Session, err = a.Session(ctx, by, id)
	return r, err
}

// restoreWithin bounds a restore, releaseWithin the wait until the paused agent has stopped.
const (
	restoreWithin = 15 * time.Minute
	releaseWithin = time.Minute
)

// holdRestore notes that this server restores a session, so that FinishRestores leaves it alone, until the returned function is called.
func (a *Verbs) holdRestore(t tenant.ID, id session.ID) func() {
	a.restoring.Store(sessionKey{t, id}, true)
	return func() { a.restoring.Delete(sessionKey{t, id}) }
}

// FinishRestores finishes the restores and forks that a server had begun when it was killed.
func (a *Verbs) FinishRestores(ctx context.Context) error {
	var open []dbkernel.SessionRef
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) { open, err = dbwork.Across(s).OpenRestores(ctx); return err })
	if err != nil {
		return err
	}
	for _, r := range open {
		if _, busy := a.restoring.Load(sessionKey{r.Tenant, r.ID}); busy {
			continue
		}
		if _, err := a.finishRestore(ctx, r.Tenant, r.ID); err != nil && ctx.Err() == nil {
			a.k.Log.Error("finish a restore", "tenant", r.Tenant, "session", r.ID, "error", err)
		}
	}
	return nil
}

// finishRestore carries a stored restore out, from its beginning or from where a killed server left it. If it fails, the session is no longer
// locked; the checkpoint that was taken first has its files.
func (a *Verbs) finishRestore(ctx context.Context, t tenant.ID, id session.ID) (before int64, err error) {
	var r dbwork.Restore
	var s, from session.Session
	var c session.Checkpoint
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) (err error) {
		var ok bool
		if r, ok, err = dbwork.On(sc).Restore(ctx, id); err != nil || !ok {
			return errors.Join(err, errNoRestore(ok))
		}
		if s, err = dbwork.On(sc).Session(ctx, id); err != nil {
			return err
		}
		if from, err = dbwork.On(sc).Session(ctx, r.From); err != nil {
			return err
		}
		c, err = dbwork.On(sc).Checkpoint(ctx, r.From, r.N)
		return err
	})
	if err == nil && r.From != id {
		err = a.finishFork(ctx, from, s, c, r)
	} else if err == nil {
		before, err = a.restoreFiles(ctx, s, c, r)
		if err == nil {
			err = a.concludeRestore(ctx, s, c, r, before)
		}
	}
	if err != nil && ctx.Err() == nil {
		err = errors.Join(err, a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error { return dbwork.On(sc).DropRestore(ctx, id) }))
	}
	return before, err
}

func errNoRestore(ok bool) error {
	if ok {
		return nil
	}
	return fault.New(fault.Conflict, "The restore has ended already.")
}

// maxPasses is how often files are restored until they are the checkpoint's: more than once if its .gitignore ignores less.
const maxPasses = 4

// restoreFiles waits until no agent works in the tree, takes a checkpoint and restores the files.
func (a *Verbs) restoreFiles(ctx context.Context, s session.Session, c session.Checkpoint, r dbwork.Restore) (before int64, err error) {
	if err := a.waitReleased(ctx, s); err != nil {
		return 0, err
	}
	before = r.Before
	for pass := 0; pass < maxPasses; pass++ {
		if pass > 0 || before == 0 {
			n, err := a.checkpointBefore(ctx, s, r, pass)
			if err != nil {
				return 0, err
			}
			if before == 0 {
				before = n
			}
		}
		differs, err := a.opts.Trees().RestoreCheckpoint(ctx, s, c.Snapshot)
		if err != nil || !differs {
			return before, err
		}
	}
	return 0, fault.New(fault.Conflict, "The files of checkpoint %d could not be restored exactly, because something else changes them. They were kept in checkpoint %d first.", c.N, before)
}

// checkpointBefore takes the checkpoint before a restore. Without a working tree there is none to take, and nothing that could get lost.
func (a *Verbs) checkpointBefore(ctx context.Context, s session.Session, r dbwork.Restore, pass int) (int64, error) {
	take := taking{tenant: s.Tenant, id: s.ID, cause: session.BeforeRestore, by: event.Actor{Kind: "user", ID: string(r.By), Name: r.ByName}}
	if pass > 0 {
		take.note = fmt.Sprintf("Files that .gitignore of checkpoint %d does not ignore", r.N)
	}
	take.also = func(sc *dbkernel.Scope, _ session.Session, c session.Checkpoint) error {
		if pass > 0 {
			return nil
		}
		return dbwork.On(sc).SetRestoreBefore(ctx, s.ID, c.N)
	}
	c, err := a.takeCheckpoint(ctx, take)
	if fault.Is(err, fault.Conflict) && pass == 0 {
		a.k.Log.Info("no checkpoint before a restore", "tenant", s.Tenant, "session", s.ID, "error", err)
		return 0, nil
	}
	return c.N, err
}

// waitReleased waits until the engine has left a session that was paused.
func (a *Verbs) waitReleased(ctx context.Context, s session.Session) error {
	ctx, cancel := context.WithTimeout(ctx, releaseWithin)
	defer cancel()
	for {
		leased := false
		err := a.k.DB.View(ctx, s.Tenant, func(sc *dbkernel.Scope) (err error) {
			leased, err = dbwork.On(sc).IsLeased(ctx, s.ID, a.k.Clock.Now())
			return err
		})
		if err != nil || !leased {
			return err
		}
		select {
		case <-ctx.Done():
			return fault.New(fault.Unavailable, "The agent has not stopped within %s, so nothing was restored. The session is paused; try again.", text.Duration(releaseWithin))
		case <-time.After(releaseEvery):
		}
	}
}

const releaseEvery = 50 * time.Millisecond

// concludeRestore stores that a session's files are those of a checkpoint, and what its conversation has to become before the next turn.
func (a *Verbs) concludeRestore(ctx context.Context, s session.Session, c session.Checkpoint, r dbwork.Restore, before int64) error {
	files, patch, truncated, err := a.opts.Trees().Diff(ctx, s)
	if err != nil {
		return err
	}
	files, patch = filesWithoutSecrets(files), []byte(appkernel.RemoveOwnSecretsFromDiff(string(patch)))
	by := tenant.Actor{Tenant: s.Tenant, User: r.By, Name: r.ByName}
	return a.k.DB.Update(ctx, s.Tenant, func(sc *dbkernel.Scope) error {
		if err := dbwork.On(sc).SetDiff(ctx, s.ID, s.Attempt, files, patch, truncated, a.k.Clock.Now()); err != nil {
			return err
		}
		if err := a.rewindTo(ctx, sc, s, c); err != nil {
			return err
		}
		e := event.New(event.SessionRestored, appkernel.Person(by), event.Restored{N: c.N, Before: before, Tree: c.Tree, Conversation: c.Conversation, MessageID: c.MessageID})
		if _, err := dbwork.On(sc).AppendEvents(ctx, s.ID, s.Attempt, []event.Event{e}); err != nil {
			return err
		}
		if err := dbwork.On(sc).DropRestore(ctx, s.ID); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.breakers.forget(sessionKey{s.Tenant, s.ID}); a.ringSession(s.Tenant, s.ID) })
		return a.continueRestored(ctx, sc, s.ID, by, r.Message)
	})
}

// rewindTo stores what the conversation has to become. Questions of the agent that are open belong to what is undone.
func (a *Verbs) rewindTo(ctx context.Context, sc *dbkernel.Scope, s session.Session, c session.Checkpoint) error {
	now := a.k.Clock.Now()
	if _, err := dbwork.On(sc).CloseAsks(ctx, s.ID, nil, now); err != nil {
		return err
	}
	if err := dbwork.On(sc).SetWaitingFor(ctx, s.ID, "", now); err != nil {
		return err
	}
	if err := dbwork.On(sc).DropParts(ctx, s.ID, nil); err != nil {
		return err
	}
	if err := dbwork.On(sc).UndoMessages(ctx, s.ID, c.LastMessage); err != nil {
		return err
	}
	if c.Conversation == "" || c.MessageID == "" { // the agent had not finished anything yet
		if err := dbwork.On(sc).DropRewind(ctx, s.ID); err != nil {
			return err
		}
		return dbwork.On(sc).SetSessionRun(ctx, s.ID, dbwork.RunInfo{Fresh: true, KeepTree: true})
	}
	if err := dbwork.On(sc).SetSessionRun(ctx, s.ID, dbwork.RunInfo{Conversation: &c.Conversation}); err != nil {
		return err
	}
	return dbwork.On(sc).SetRewind(ctx, s.ID, session.Rewind{From: s.ID, Conversation: c.Conversation, MessageID: c.MessageID})
}

// continueRestored sends a message to a restored session and queues it, if there is a message.
func (a *Verbs) continueRestored(ctx context.Context, sc *dbkernel.Scope, id session.ID, by tenant.Actor, message string) error {
	if message == "" {
		return nil
	}
	s, err := dbwork.On(sc).Session(ctx, id)
	if err != nil {
		return err
	}
	if _, err := a.addMessage(ctx, sc, s, by, message); err != nil {
		return err
	}
	if s.Status == session.Paused {
		return a.resume(ctx, sc, s, by, loop.Told)
	}
	return a.continueSession(ctx, sc, s, by)
}

// lostConversation is what an agent reads whose conversation could not be rewound.
const lostConversation = "The files of this session were restored to an earlier state. The conversation up to then could not be restored, so you start without it. Look at the files before you continue."

// Rewound stores that a conversation ends at an earlier message. If it was not found, the agent gets a new conversation with the prompt and a
// message that says so.
func (a *Verbs) Rewound(ctx context.Context, l Lease, found bool) error {
	return a.withLease(ctx, l, func(sc *dbkernel.Scope) error {
		if err := dbwork.On(sc).DropRewind(ctx, l.Session); err != nil {
			return err
		}
		if found {
			return dbwork.On(sc).DropCursors(ctx, l.Session)
		}
		if err := dbwork.On(sc).SetSessionRun(ctx, l.Session, dbwork.RunInfo{Fresh: true, KeepTree: true}); err != nil {
			return err
		}
		if err := dbwork.On(sc).UndoMessages(ctx, l.Session, 0); err != nil {
			return err
		}
		m := a.newMessage("", lostConversation)
		m.Attempt = l.Attempt
		if err := dbwork.On(sc).AddMessage(ctx, l.Session, m); err != nil {
			return err
		}
		note := event.New(event.SessionNote, appkernel.System, event.Note{MessageID: m.ID, Text: m.Text})
		sc.AfterCommit(func() { a.ringSession(l.Tenant, l.Session) })
		_, err := dbwork.On(sc).AppendEvents(ctx, l.Session, l.Attempt, []event.Event{note})
		return err
	})
}
