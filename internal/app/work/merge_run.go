package work

import (
	"context"
	"errors"
	"fmt"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// keepRuns is how long the results of checks on trees are kept.
const keepRuns = 30 * 24 * time.Hour

// MergeState returns a merge queue with its entries in order, for the loop that works on it.
func (a *Verbs) MergeState(ctx context.Context, t tenant.ID, id repository.ID) (q merge.Queue, err error) {
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error {
		if q, err = dbwork.On(sc).MergeQueue(ctx, id); err != nil {
			return err
		}
		q.Entries, err = dbwork.On(sc).OpenMergeEntries(ctx, id)
		return err
	})
	return q, err
}

// inMerges changes a merge queue for its loop and rings the pages.
func (a *Verbs) inMerges(ctx context.Context, t tenant.ID, fn func(*dbkernel.Scope) error) error {
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		a.ringMergesAfter(sc)
		return fn(sc)
	})
}

// SetMergeBase stores the base that the next batch is built on, and why it is another one.
func (a *Verbs) SetMergeBase(ctx context.Context, t tenant.ID, id repository.ID, base, note string) error {
	return a.inMerges(ctx, t, func(sc *dbkernel.Scope) error { return dbwork.On(sc).SetMergeBase(ctx, id, base, note) })
}

// StopMerges stores why a queue stopped by itself on a base. It continues on another base, or when a lead releases it.
func (a *Verbs) StopMerges(ctx context.Context, t tenant.ID, id repository.ID, why, base string) error {
	return a.inMerges(ctx, t, func(sc *dbkernel.Scope) error { return dbwork.On(sc).StopMergeQueue(ctx, id, why, base) })
}

// SetMergeBatch marks the entries that are checked together; all others wait.
func (a *Verbs) SetMergeBatch(ctx context.Context, t tenant.ID, open []merge.Entry, in map[merge.ID]bool) error {
	var changed []merge.Entry
	for _, e := range open {
		if want := statusInBatch(in[e.ID]); e.Status != merge.Held && e.Status != want {
			changed = append(changed, e)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return a.inMerges(ctx, t, func(sc *dbkernel.Scope) error {
		for _, e := range changed {
			was := e.Status
			e.Status, e.Commit = statusInBatch(in[e.ID]), ""
			if err := dbwork.On(sc).MoveMergeEntry(ctx, e, was); err != nil {
				return err
			}
		}
		return nil
	})
}

func statusInBatch(in bool) merge.Status {
	if in {
		return merge.Checking
	}
	return merge.Waiting
}

// BeginMergeCheck stores that a check of the first n entries has begun.
func (a *Verbs) BeginMergeCheck(ctx context.Context, t tenant.ID, id repository.ID, n int) error {
	now := a.k.Clock.Now()
	return a.inMerges(ctx, t, func(sc *dbkernel.Scope) error { return dbwork.On(sc).SetMergeCheck(ctx, id, n, &now) })
}

// EndMergeCheck stores that no check runs.
func (a *Verbs) EndMergeCheck(ctx context.Context, t tenant.ID, id repository.ID) error {
	return a.inMerges(ctx, t, func(sc *dbkernel.Scope) error { return dbwork.On(sc).SetMergeCheck(ctx, id, 0, nil) })
}

// MergeRun returns what the commands said about a tree; the zero Run if they did not run on it.
func (a *Verbs) MergeRun(ctx context.Context, t tenant.ID, id repository.ID, tree, commands string) (v merge.Run, err error) {
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error { v, err = dbwork.On(sc).MergeRun(ctx, id, tree, commands); return err })
	if fault.Is(err, fault.NotFound) {
		return merge.Run{}, nil
	}
	return v, err
}

// RecordMergeRun stores what the commands said about a tree, and forgets old results.
func (a *Verbs) RecordMergeRun(ctx context.Context, t tenant.ID, id repository.ID, commands string, v merge.Run) error {
	v.Output, v.At = appkernel.RemoveOwnSecrets(v.Output), a.k.Clock.Now()
	return a.inMerges(ctx, t, func(sc *dbkernel.Scope) error {
		if err := dbwork.On(sc).ForgetMergeRuns(ctx, id, v.At.Add(-keepRuns)); err != nil {
			return err
		}
		return dbwork.On(sc).SetMergeRun(ctx, id, commands, v)
	})
}

// BeginLanding stores the commit that is about to be pushed and the commits of its entries, so that a server that starts again can
// recognize them on the base.
func (a *Verbs) BeginLanding(ctx context.Context, t tenant.ID, id repository.ID, commit string, entries []merge.Entry) error {
	return a.inMerges(ctx, t, func(sc *dbkernel.Scope) error {
		for _, e := range entries {
			if err := dbwork.On(sc).MoveMergeEntry(ctx, e, merge.Checking); err != nil {
				return err
			}
		}
		return dbwork.On(sc).SetLanding(ctx, id, commit, "")
	})
}

// FinishLanding records whether the base contains the commit that was pushed. If it does, its entries are merged.
func (a *Verbs) FinishLanding(ctx context.Context, t tenant.ID, id repository.ID, landed bool) error {
	return a.inMerges(ctx, t, func(sc *dbkernel.Scope) error {
		q, err := dbwork.On(sc).MergeQueue(ctx, id)
		if err != nil || q.Landing == "" {
			return err
		}
		if err := dbwork.On(sc).SetLanding(ctx, id, "", ""); err != nil {
			return err
		}
		if landed {
			err = dbwork.On(sc).SetMergeBase(ctx, id, q.Landing, "")
		}
		return errors.Join(err, a.endLanding(ctx, sc, id, landed))
	})
}

// endLanding marks the entries of a push as merged, or forgets the commits that they would have had.
func (a *Verbs) endLanding(ctx context.Context, sc *dbkernel.Scope, id repository.ID, landed bool) error {
	entries, err := dbwork.On(sc).OpenMergeEntries(ctx, id)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Status != merge.Checking || e.Commit == "" {
			continue
		}
		if landed {
			err = a.endMerge(ctx, sc, e, merge.Merged, "")
		} else {
			e.Commit = ""
			err = dbwork.On(sc).MoveMergeEntry(ctx, e, e.Status)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// EndMerge takes an entry out of its queue: it was merged already, it conflicts, or checks fail with it.
func (a *Verbs) EndMerge(ctx context.Context, t tenant.ID, e merge.Entry, to merge.Status, note string) error {
	return a.inMerges(ctx, t, func(sc *dbkernel.Scope) error { return a.endMerge(ctx, sc, e, to, note) })
}

func (a *Verbs) endMerge(ctx context.Context, sc *dbkernel.Scope, e merge.Entry, to merge.Status, note string) error {
	was := e.Status
	e.Status, e.Note = to, note
	if to != merge.Merged {
		e.Commit = ""
	}
	if err := dbwork.On(sc).MoveMergeEntry(ctx, e, was); err != nil {
		return err
	}
	t := sc.Tenant()
	sc.AfterCommit(func() { a.ringSession(t, e.Session) })
	if to == merge.Merged {
		if err := a.noteMerged(ctx, sc, e); err != nil {
			return err
		}
	}
	verb := map[merge.Status]string{merge.Merged: "merged_session", merge.TakenOut: "take_out_merge", merge.Removed: "remove_merge"}[to]
	return a.k.Audit(ctx, sc, appkernel.SystemActor(t), verb, string(e.Session), e.SessionTitle+appkernel.SuffixIf(note != "", ": "+note))
}

// noteMerged stores in the outcome of the entry's attempt that its work was merged. Without a commit of its own, the base contained it.
func (a *Verbs) noteMerged(ctx context.Context, sc *dbkernel.Scope, e merge.Entry) error {
	attempt, commit := e.Attempt, e.Commit
	if attempt == 0 { // put in before entries had attempts
		s, err := dbwork.On(sc).Session(ctx, e.Session)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		attempt = s.Attempt
	}
	if commit == "" {
		commit = e.Head
	}
	if err := dbwork.On(sc).SetMergedWork(ctx, e.Session, attempt, commit, a.k.Clock.Now()); err != nil {
		return err
	}
	return a.judge(ctx, sc, e.Session, attempt)
}

// refuseInQueue refuses to delete a session whose work waits in a merge queue: it would never be merged, and nobody would be told.
func refuseInQueue(ctx context.Context, sc *dbkernel.Scope, id session.ID) error {
	_, err := dbwork.On(sc).OpenMergeEntryOf(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "This session's work is in the merge queue of its repository. Take it out of the queue or wait until it is merged, then delete the session.")
}

// DropStrayMerges takes entries out of the merge queues whose session or repository was deleted.
func (a *Verbs) DropStrayMerges(ctx context.Context) error {
	var all []dbwork.StrayEntry
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) {
		all, err = dbwork.Across(s).StrayMergeEntries(ctx)
		return err
	})
	for _, one := range all {
		if e := a.dropStray(ctx, one); !errors.Is(e, merge.ErrMoved) {
			err = errors.Join(err, e)
		}
	}
	return err
}

func (a *Verbs) dropStray(ctx context.Context, one dbwork.StrayEntry) error {
	return a.inMerges(ctx, one.Tenant, func(sc *dbkernel.Scope) error {
		e, err := dbwork.On(sc).MergeEntry(ctx, one.ID)
		if err != nil || !e.Status.IsOpen() {
			return err
		}
		q, err := dbwork.On(sc).MergeQueue(ctx, e.Repository)
		if err != nil {
			return err
		}
		note := "Its repository was deleted."
		if one.SessionDeleted {
			note = "Its session was deleted."
		}
		if q.Landing != "" && e.Commit != "" {
			note += fmt.Sprintf(" It was being merged as %.7s, so the base may contain it.", e.Commit)
		}
		e.NotedBy, e.NotedName = "", ""
		return a.endMerge(ctx, sc, e, merge.Removed, note)
	})
}

// SendMergeToAgent sends the session of an entry that was taken out a message that says why, and what its agent can do about it. When the
// agent is done, the entry can be put back.
func (a *Verbs) SendMergeToAgent(ctx context.Context, by tenant.Actor, id merge.ID) (session.Message, merge.Entry, error) {
	e, text, err := a.backToAgent(ctx, by, id)
	if err != nil {
		return session.Message{}, e, err
	}
	m, err := a.SendMessage(ctx, by, e.Session, text)
	return m, e, err
}

// backToAgent reads an entry that was taken out, and what its agent has to know.
func (a *Verbs) backToAgent(ctx context.Context, by tenant.Actor, id merge.ID) (e merge.Entry, text string, err error) {
	if err := appkernel.CheckID("merge queue entry", string(id)); err != nil {
		return e, "", err
	}
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(sc *dbkernel.Scope) error {
		if e, err = dbwork.On(sc).MergeEntry(ctx, id); err != nil {
			return err
		}
		if e.Status != merge.TakenOut {
			return fault.New(fault.Conflict, "Only work that the merge queue took out can be sent to its agent.")
		}
		r, err := dbrepos.On(sc).Repository(ctx, e.Repository)
		if err != nil {
			return err
		}
		q, err := dbwork.On(sc).MergeQueue(ctx, e.Repository)
		if err != nil {
			return err
		}
		q.Runs, err = dbwork.On(sc).MergeRuns(ctx, e.Repository, runsShown)
		text = merge.AgentText(e, r, q)
		return err
	})
	return e, text, err
}
