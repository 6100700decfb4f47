package work

import (
	"context"
	"strings"
	"unicode/utf8"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// MergeBell rings when a merge queue changes.
var MergeBell = appkernel.Merges

// MergeSession puts a session's work at the end of its repository's merge queue. The work is that of the end of the last turn; later work
// of the session is not merged with it.
func (a *Verbs) MergeSession(ctx context.Context, by tenant.Actor, id session.ID) (e merge.Entry, err error) {
	s, err := a.Session(ctx, by, id)
	if err != nil {
		return e, err
	}
	if err := by.MayOn(tenant.WriteSessions, s.CreatedBy); err != nil {
		return e, err
	}
	if err := a.checkMergeable(s); err != nil {
		return e, err
	}
	head, err := a.opts.Git.Commit(ctx, s)
	if err != nil {
		return e, err
	}
	if head == "" {
		return e, fault.New(fault.Conflict, "This session changed nothing, so there is nothing to merge.")
	}
	return a.addMergeEntry(ctx, by, s, head)
}

// checkMergeable refuses sessions whose work can still change or that have none.
func (a *Verbs) checkMergeable(s session.Session) error {
	switch {
	case s.RepositoryID == "":
		return fault.New(fault.Conflict, "This session has no repository, so there is nothing to merge into.")
	case s.Status.Active() || s.Status == session.Queued:
		return fault.New(fault.Conflict, "This session is still %s. It can be merged when it has ended.", s.Status)
	case a.opts.Git == nil:
		return fault.New(fault.Unavailable, "This server has no git, so it cannot merge.")
	}
	return nil
}

func (a *Verbs) addMergeEntry(ctx context.Context, by tenant.Actor, s session.Session, head string) (e merge.Entry, err error) {
	e = merge.Entry{ID: merge.ID(id.New()), Repository: s.RepositoryID, Session: s.ID, Attempt: s.Attempt, Head: head, AddedBy: by.User, AddedName: by.Name, AddedAt: a.k.Clock.Now()}
	err = a.k.Write(ctx, by, tenant.WriteSessions, func(sc *dbkernel.Scope) error {
		r, err := dbrepos.On(sc).Repository(ctx, s.RepositoryID)
		if err != nil {
			return err
		}
		if err := a.repos.CheckWritable(by.Slug, r); err != nil {
			return err
		}
		if err := dbwork.On(sc).OpenMergeQueue(ctx, s.RepositoryID); err != nil {
			return err
		}
		if err := dbwork.On(sc).AddMergeEntry(ctx, e); err != nil {
			return err
		}
		a.ringMergesAfter(sc)
		if e, err = dbwork.On(sc).MergeEntry(ctx, e.ID); err != nil {
			return err
		}
		return a.k.Audit(ctx, sc, by, "merge_session", string(s.ID), s.Title)
	})
	return e, err
}

// ringMergesAfter rings the queue's loop and the team's pages after the commit.
func (a *Verbs) ringMergesAfter(sc *dbkernel.Scope) {
	t := sc.Tenant()
	sc.AfterCommit(func() {
		a.k.Hub.RingBell(MergeBell)
		a.k.Hub.RingBell(hub.Team(t))
	})
}

// How much of a queue's past is shown.
const (
	leftShown = 50
	runsShown = 20
)

// MergeQueue returns the merge queue of a repository: its entries in order, those that left it, and the newest checks.
func (a *Verbs) MergeQueue(ctx context.Context, by tenant.Actor, id repository.ID) (q merge.Queue, err error) {
	if err := appkernel.CheckID("repository", string(id)); err != nil {
		return q, err
	}
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(sc *dbkernel.Scope) error {
		r, err := dbrepos.On(sc).Repository(ctx, id)
		if err != nil {
			return err
		}
		if q, err = dbwork.On(sc).MergeQueue(ctx, id); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		q.Repository, q.Name, q.Base, q.Checks = id, r.Name, r.DefaultBranch, r.CheckCommands
		if q.Entries, err = dbwork.On(sc).OpenMergeEntries(ctx, id); err != nil {
			return err
		}
		if q.Left, err = dbwork.On(sc).LeftMergeEntries(ctx, id, leftShown); err != nil {
			return err
		}
		q.Runs, err = dbwork.On(sc).MergeRuns(ctx, id, runsShown)
		return err
	})
	return q, err
}

// MergeOverview returns the number of entries in each of the team's queues, and for the queue of one repository the files of its entries
// that running sessions change, too.
func (a *Verbs) MergeOverview(ctx context.Context, by tenant.Actor, id repository.ID) (open map[repository.ID]int64, touches map[merge.ID][]merge.Touch, err error) {
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(sc *dbkernel.Scope) error {
		if open, err = dbwork.On(sc).OpenMergeCounts(ctx); err != nil {
			return err
		}
		touches, err = dbwork.On(sc).MergeTouches(ctx, id)
		return err
	})
	return open, touches, err
}

// HoldMerge keeps an entry in its place without merging it, for a reason.
func (a *Verbs) HoldMerge(ctx context.Context, by tenant.Actor, id merge.ID, reason string) (merge.Entry, error) {
	return a.moveMerge(ctx, by, id, "hold_merge", merge.Held, &reason, merge.Waiting, merge.Checking)
}

// holdReason is the reason of a hold, which everybody reads.
func holdReason(s string) (string, error) {
	s = text.Clean(text.Line(s))
	if n := utf8.RuneCountInString(s); n < 1 || n > merge.MaxReason {
		return "", fault.Field("reason", "Enter a reason of 1 to %d characters (you entered %d).", merge.MaxReason, n)
	}
	return s, nil
}

// ReleaseMerge lets a held entry be merged again, in its place.
func (a *Verbs) ReleaseMerge(ctx context.Context, by tenant.Actor, id merge.ID) (merge.Entry, error) {
	return a.moveMerge(ctx, by, id, "release_merge", merge.Waiting, nil, merge.Held)
}

// RemoveMerge takes an entry out of the queue. If its batch is being checked, the others are checked without it.
func (a *Verbs) RemoveMerge(ctx context.Context, by tenant.Actor, id merge.ID) (merge.Entry, error) {
	return a.moveMerge(ctx, by, id, "remove_merge", merge.Removed, nil, merge.Open()...)
}

// moveMerge changes the status of an entry that has one of the statuses from, with a reason if one is required. Its session's owner and
// leads can do that.
func (a *Verbs) moveMerge(ctx context.Context, by tenant.Actor, id merge.ID, verb string, to merge.Status, reason *string, from ...merge.Status) (merge.Entry, error) {
	return a.editMerge(ctx, by, id, verb, func(sc *dbkernel.Scope, e merge.Entry) (err error) {
		was, note := e.Status, ""
		if reason != nil {
			if note, err = holdReason(*reason); err != nil {
				return err
			}
		}
		if !contains(from, was) {
			return fault.New(fault.Conflict, "This entry of the merge queue is %s, so this is not possible now.", strings.ReplaceAll(string(was), "_", " "))
		}
		if q, err := dbwork.On(sc).MergeQueue(ctx, e.Repository); err != nil || q.Landing != "" && q.LandingEntry == "" && was == merge.Checking {
			return orFault(err, "This entry is being merged right now.")
		}
		e.Status, e.Note, e.NotedBy, e.NotedName, e.Commit = to, note, by.User, by.Name, ""
		return dbwork.On(sc).MoveMergeEntry(ctx, e, was)
	})
}

func contains(all []merge.Status, s merge.Status) bool {
	for _, one := range all {
		if one == s {
			return true
		}
	}
	return false
}

func orFault(err error, message string) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "%s", message)
}

// editMerge changes an entry in one transaction with its audit entry and returns it as it is afterwards.
func (a *Verbs) editMerge(ctx context.Context, by tenant.Actor, id merge.ID, verb string, fn func(*dbkernel.Scope, merge.Entry) error) (e merge.Entry, err error) {
	if err := appkernel.CheckID("merge queue entry", string(id)); err != nil {
		return e, err
	}
	err = a.k.Write(ctx, by, tenant.WriteSessions, func(sc *dbkernel.Scope) error {
		if e, err = dbwork.On(sc).MergeEntry(ctx, id); err != nil {
			return err
		}
		if err := by.MayOn(tenant.WriteSessions, e.Owner); err != nil {
			return err
		}
		if err := fn(sc, e); err != nil {
			return err
		}
		if e, err = dbwork.On(sc).MergeEntry(ctx, id); err != nil {
			return err
		}
		a.ringMergesAfter(sc)
		return a.k.Audit(ctx, sc, by, verb, string(id), e.SessionTitle+appkernel.SuffixIf(e.Note != "", ": "+e.Note))
	})
	return e, err
}

// RetryMerge puts the session of an entry that left the queue without being merged back at the end, with its work as it is now.
func (a *Verbs) RetryMerge(ctx context.Context, by tenant.Actor, id merge.ID) (e merge.Entry, err error) {
	if err := appkernel.CheckID("merge queue entry", string(id)); err != nil {
		return e, err
	}
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(sc *dbkernel.Scope) error { e, err = dbwork.On(sc).MergeEntry(ctx, id); return err })
	if err != nil {
		return e, err
	}
	if e.Status != merge.Removed && e.Status != merge.TakenOut {
		return e, fault.New(fault.Conflict, "Only an entry that left the queue without being merged can be put back.")
	}
	return a.MergeSession(ctx, by, e.Session)
}

// PlaceMerge moves a waiting entry up or down by one place, or to the first one.
func (a *Verbs) PlaceMerge(ctx context.Context, by tenant.Actor, id merge.ID, to string) (merge.Entry, error) {
	if err := by.May(tenant.EditRepositories); err != nil {
		return merge.Entry{}, err
	}
	return a.editMerge(ctx, by, id, "place_merge", func(sc *dbkernel.Scope, e merge.Entry) error {
		all, err := dbwork.On(sc).OpenMergeEntries(ctx, e.Repository)
		if err != nil {
			return err
		}
		places, err := merge.Reorder(all, id, to)
		if err != nil {
			return err
		}
		for one, place := range places {
			if err := dbwork.On(sc).PlaceMergeEntry(ctx, one, place); err != nil {
				return err
			}
		}
		return nil
	})
}

// HoldMergeQueue holds a whole queue for a reason; with an empty reason the queue continues, also after it stopped by itself.
func (a *Verbs) HoldMergeQueue(ctx context.Context, by tenant.Actor, id repository.ID, reason string) error {
	if err := appkernel.CheckID("repository", string(id)); err != nil {
		return err
	}
	return a.k.Write(ctx, by, tenant.EditRepositories, func(sc *dbkernel.Scope) error {
		r, err := dbrepos.On(sc).Repository(ctx, id)
		if err != nil {
			return err
		}
		if reason != "" {
			if reason, err = holdReason(reason); err != nil {
				return err
			}
		}
		if err := dbwork.On(sc).OpenMergeQueue(ctx, id); err != nil {
			return err
		}
		if err := dbwork.On(sc).HoldMergeQueue(ctx, id, reason, by.User, by.Name); err != nil {
			return err
		}
		if reason == "" {
			if err := dbwork.On(sc).ForgetFailedMergeRuns(ctx, id); err != nil {
				return err
			}
		}
		a.ringMergesAfter(sc)
		return a.k.Audit(ctx, sc, by, "hold_merge_queue", string(id), r.Name+appkernel.SuffixIf(reason != "", ": "+reason)+appkernel.SuffixIf(reason == "", ", released"))
	})
}
