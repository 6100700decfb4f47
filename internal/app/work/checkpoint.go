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

// maxListed is the most checkpoints that are listed.
const maxListed = 1000

// Checkpoints returns the checkpoints of a session, newest first.
func (a *Verbs) Checkpoints(ctx context.Context, by tenant.Actor, id session.ID) (cs []session.Checkpoint, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		cs, err = dbwork.On(sc).Checkpoints(ctx, id, maxListed)
		return err
	})
	return cs, err
}

// AddCheckpoint takes a checkpoint of a session for a person.
func (a *Verbs) AddCheckpoint(ctx context.Context, by tenant.Actor, id session.ID, note string) (c session.Checkpoint, err error) {
	if note, err = session.CheckNote(note); err != nil {
		return c, err
	}
	if err := appkernel.CheckID("session", string(id)); err != nil {
		return c, err
	}
	take := taking{tenant: by.Tenant, id: id, cause: session.Manual, note: note, by: appkernel.Person(by)}
	err = a.k.Write(ctx, by, tenant.WriteSessions, func(sc *dbkernel.Scope) error {
		s, err := dbwork.On(sc).Session(ctx, id)
		if err != nil {
			return err
		}
		if err := by.MayOn(tenant.WriteSessions, s.CreatedBy); err != nil {
			return err
		}
		if err := dbwork.On(sc).CheckNotRestoring(ctx, id); err != nil {
			return err
		}
		if err := appmodels.CheckStorage(ctx, sc, "No checkpoint taken"); err != nil {
			return err
		}
		if err := take.begin(ctx, sc); err != nil {
			return err
		}
		return a.k.Audit(ctx, sc, by, "add_checkpoint", string(id), s.Title)
	})
	if err != nil {
		return c, err
	}
	return a.finishCheckpoint(ctx, take)
}

// CompareCheckpoints returns what changed in the files from one checkpoint of a session to another.
func (a *Verbs) CompareCheckpoints(ctx context.Context, by tenant.Actor, id session.ID, from, to int64) (files []session.FileChange, p session.Patch, err error) {
	var s session.Session
	var one, other session.Checkpoint
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, found session.Session) error {
		s = found
		if one, err = dbwork.On(sc).Checkpoint(ctx, id, from); err != nil {
			return err
		}
		other, err = dbwork.On(sc).Checkpoint(ctx, id, to)
		return err
	})
	if err != nil {
		return nil, p, err
	}
	files, text, truncated, err := a.opts.Trees().CompareTrees(ctx, s, one.Commit, other.Commit)
	p = session.Patch{Text: []byte(appkernel.RemoveOwnSecretsFromDiff(string(text))), Truncated: truncated, TakenAt: other.At}
	return filesWithoutSecrets(files), p, err
}

// TakeCheckpoint takes a checkpoint of a leased session for the loop that drives it. A periodic one that would be like the last is not
// taken.
func (a *Verbs) TakeCheckpoint(ctx context.Context, l Lease, cause session.Cause, note string) error {
	_, err := a.takeCheckpoint(ctx, taking{tenant: l.Tenant, id: l.Session, cause: cause, note: note, by: appkernel.System})
	return err
}

// taking is a checkpoint to take. also runs in the transaction that stores it.
type taking struct {
	tenant tenant.ID
	id     session.ID
	cause  session.Cause
	note   string
	by     event.Actor
	also   func(*dbkernel.Scope, session.Session, session.Checkpoint) error
	// n is the number, session and earlier are as begin found them.
	n       int64
	session session.Session
	earlier session.Checkpoint
}

// begin reserves the number of a checkpoint.
func (t *taking) begin(ctx context.Context, sc *dbkernel.Scope) (err error) {
	if t.session, err = dbwork.On(sc).Session(ctx, t.id); err != nil {
		return err
	}
	if t.session.BaseCommit == "" {
		return fault.New(fault.Conflict, "The session has no working tree yet, so no checkpoint can be taken.")
	}
	last, err := dbwork.On(sc).Checkpoints(ctx, t.id, 1)
	if err != nil {
		return err
	}
	if len(last) > 0 {
		t.earlier = last[0]
	}
	t.n, err = dbwork.On(sc).NextCheckpoint(ctx, t.id)
	return err
}

func (a *Verbs) takeCheckpoint(ctx context.Context, take taking) (session.Checkpoint, error) {
	err := a.k.DB.Update(ctx, take.tenant, func(sc *dbkernel.Scope) error { return take.begin(ctx, sc) })
	if err != nil {
		return session.Checkpoint{}, err
	}
	return a.finishCheckpoint(ctx, take)
}

// finishCheckpoint stores the files first, under a number that nothing else gets, and then the row: files without a row are deleted with the
// next rotation, a row always has its files.
func (a *Verbs) finishCheckpoint(ctx context.Context, take taking) (session.Checkpoint, error) {
	snapshot, err := a.opts.Trees().Checkpoint(ctx, take.session, take.earlier.Commit, take.n)
	if err != nil {
		return session.Checkpoint{}, err
	}
	c := session.Checkpoint{Snapshot: snapshot, N: take.n, Cause: take.cause, Note: take.note, By: take.by, At: a.k.Clock.Now()}
	return a.storeCheckpoint(ctx, take, c, take.earlier)
}

// storeCheckpoint adds what the session's row says at this moment, stores the checkpoint and rotates older ones away.
func (a *Verbs) storeCheckpoint(ctx context.Context, take taking, c, earlier session.Checkpoint) (session.Checkpoint, error) {
	var s session.Session
	var remain []int64
	var dropped int64
	err := a.k.DB.Update(ctx, take.tenant, func(sc *dbkernel.Scope) (err error) {
		if s, err = dbwork.On(sc).Session(ctx, take.id); err != nil {
			return err
		}
		if err := fillCheckpoint(ctx, sc, s, &c); err != nil {
			return err
		}
		if take.cause == session.Periodic && c.Tree == earlier.Tree && c.MessageID == earlier.MessageID {
			return nil
		}
		if err := dbwork.On(sc).AddCheckpoint(ctx, take.id, c); err != nil {
			return err
		}
		e := event.New(event.SessionCheckpoint, take.by, event.Checkpoint{N: c.N, Cause: string(c.Cause), Note: c.Note, Tree: c.Tree, MessageID: c.MessageID})
		if _, err := dbwork.On(sc).AppendEvents(ctx, take.id, s.Attempt, []event.Event{e}); err != nil {
			return err
		}
		if remain, dropped, err = dbwork.On(sc).RotateCheckpoints(ctx, take.id, session.KeptCheckpoints); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.ringSession(take.tenant, take.id) })
		if take.also != nil {
			return take.also(sc, s, c)
		}
		return nil
	})
	if err != nil || dropped == 0 {
		return c, err
	}
	if err := a.opts.Trees().DropCheckpoints(ctx, s, remain, c.N); err != nil { // the next rotation deletes them
		a.k.Log.Error("delete old checkpoints", "tenant", take.tenant, "session", take.id, "error", err)
	}
	return c, nil
}

func fillCheckpoint(ctx context.Context, sc *dbkernel.Scope, s session.Session, c *session.Checkpoint) (err error) {
	c.Conversation, c.EventSeq, c.Attempt = s.Conversation, s.LastSeq, s.Attempt
	c.Tokens, c.CostMicroUSD, c.Ran = s.Tokens.Total(), s.CostMicroUSD, s.Elapsed(c.At)
	if c.MessageID, err = dbwork.On(sc).ConversationEnd(ctx, s.ID, s.Conversation); err != nil {
		return err
	}
	c.LastMessage, err = dbwork.On(sc).LastReceived(ctx, s.ID)
	return err
}

// Trees stores and restores the files of sessions. The workspace implements it.
type Trees interface {
	// Checkpoint stores the whole working tree as number n and compares it with an earlier commit, if there is one.
	Checkpoint(ctx context.Context, s session.Session, earlier string, n int64) (session.Snapshot, error)
	// CompareTrees returns the changes from one commit to another.
	CompareTrees(ctx context.Context, s session.Session, from, to string) (files []session.FileChange, patch []byte, truncated bool, err error)
	// DropCheckpoints deletes the files of all checkpoints up to number last that are not in keep.
	DropCheckpoints(ctx context.Context, s session.Session, keep []int64, last int64) error
	// RestoreCheckpoint makes the working tree that of a checkpoint. It differs if there are files that only the later .gitignore ignored:
	// the next call deletes them.
	RestoreCheckpoint(ctx context.Context, s session.Session, to session.Snapshot) (differs bool, err error)
	// Fork creates the working tree of a session from a checkpoint of another one.
	Fork(ctx context.Context, from, to session.Session, at session.Snapshot) error
	// Diff compares the whole tree with its base commit.
	Diff(ctx context.Context, s session.Session) (files []session.FileChange, patch []byte, truncated bool, err error)
}

// noTrees is for an app that no workspace belongs to: a command of the operator.
type noTrees struct{}

var errNoTrees = fault.New(fault.Conflict, "This process has no working trees.")

// Checkpoint returns a Conflict.
func (noTrees) Checkpoint(context.Context, session.Session, string, int64) (s session.Snapshot, err error) {
	return s, errNoTrees
}

// CompareTrees returns a Conflict.
func (noTrees) CompareTrees(context.Context, session.Session, string, string) (files []session.FileChange, patch []byte, truncated bool, err error) {
	return nil, nil, false, errNoTrees
}

// DropCheckpoints returns a Conflict.
func (noTrees) DropCheckpoints(context.Context, session.Session, []int64, int64) error {
	return errNoTrees
}

// RestoreCheckpoint returns a Conflict.
func (noTrees) RestoreCheckpoint(context.Context, session.Session, session.Snapshot) (bool, error) {
	return false, errNoTrees
}

// Fork returns a Conflict.
func (noTrees) Fork(context.Context, session.Session, session.Session, session.Snapshot) error {
	return errNoTrees
}

// Diff returns a Conflict.
func (noTrees) Diff(context.Context, session.Session) (files []session.FileChange, patch []byte, truncated bool, err error) {
	return nil, nil, false, errNoTrees
}
