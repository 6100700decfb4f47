package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// MergeSpace merges work, checks trees and pushes bases for the merge queues. The real one uses git and the sandbox.
type MergeSpace interface {
	// MergeBase returns the tip of the default branch in the clone.
	MergeBase(ctx context.Context, t tenant.ID, r repository.Repository) (merge.Stacked, error)
	// Stack merges an entry onto a commit; the same entry on the same commit always gives the same commit.
	Stack(ctx context.Context, t tenant.ID, onto string, e merge.Entry) (merge.Stacked, error)
	// CheckCommit runs the check commands on a commit until one does not pass.
	CheckCommit(ctx context.Context, t tenant.ID, r repository.Repository, commit string) ([]repository.CheckResult, error)
	// Land pushes a commit to the default branch of the remote, which must still be at from.
	Land(ctx context.Context, t tenant.ID, r repository.Repository, credential, from, to string) error
	// PushBranch pushes a commit to a branch of the remote that does not exist there, or is at that commit already.
	PushBranch(ctx context.Context, t tenant.ID, r repository.Repository, credential, branch, commit string) error
	// BranchTip returns the tip of a branch of the remote as it was at the last fetch; empty if there was none.
	BranchTip(ctx context.Context, t tenant.ID, r repository.ID, branch string) (string, error)
	// Contains reports whether a commit of the clone contains another one.
	Contains(ctx context.Context, t tenant.ID, r repository.ID, newer, older string) (bool, error)
}

// parallelMerges limits how many merge queues check at the same time on this host.
const parallelMerges = 2

// MergeQueues works on every merge queue that has entries. A queue that is worked on already is left to that.
func (e *Engine) MergeQueues(ctx context.Context) error {
	if err := e.app.Work.DropStrayMerges(ctx); err != nil && ctx.Err() == nil {
		e.log.Error("take stray entries out of merge queues", "error", err) // the queues go on
	}
	var waiting []dbwork.MergeQueueRef
	err := e.db.SystemView(ctx, func(s *dbkernel.System) (err error) {
		waiting, err = dbwork.Across(s).WaitingMergeQueues(ctx)
		return err
	})
	if err != nil {
		return err
	}
	slots := make(chan struct{}, parallelMerges)
	var wg sync.WaitGroup
	for _, ref := range waiting {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := fault.Catch(func() error { return e.mergeQueue(ctx, ref) }); err != nil && ctx.Err() == nil {
				e.log.Error("work on a merge queue", "tenant", ref.Tenant, "repository", ref.Repository, "error", err)
			}
		})
	}
	wg.Wait()
	return nil
}

// mergeQueue takes one step after another until the queue has nothing more to do.
func (e *Engine) mergeQueue(ctx context.Context, ref dbwork.MergeQueueRef) error {
	for ctx.Err() == nil {
		more, err := e.mergeStep(ctx, ref)
		if errors.Is(err, merge.ErrMoved) { // a person changed an entry: the next step sees it
			continue
		}
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// queueRun is one step of a queue: what it found.
type queueRun struct {
	e          *Engine
	ref        dbwork.MergeQueueRef
	repo       repository.Repository
	credential string
	queue      merge.Queue
	base       merge.Stacked
	// batch are the entries that are checked together, and stack what each of them makes of the base.
	batch []merge.Entry
	stack []merge.Stacked
	// commands identifies the check commands in the table of runs.
	commands string
	// host is the forge that protects the base; empty if none does.
	host string
}

// mergeStep reads everything again and takes the next step; more reports whether there is another one.
func (e *Engine) mergeStep(ctx context.Context, ref dbwork.MergeQueueRef) (more bool, err error) {
	q := &queueRun{e: e, ref: ref}
	if q.queue, err = e.app.Work.MergeState(ctx, ref.Tenant, ref.Repository); err != nil {
		return false, err
	}
	if q.repo, q.credential, err = e.app.Repos.CloneSource(ctx, ref.Tenant, ref.Repository); err != nil {
		return false, err
	}
	q.commands = commandsKey(q.repo)
	if q.queue.Held != "" && q.queue.LandingEntry == "" {
		return false, nil
	}
	if err := q.fetch(ctx); err != nil {
		return false, err
	}
	if q.queue.LandingEntry != "" {
		return q.followPull(ctx)
	}
	if q.queue.Landing != "" {
		return true, q.settle(ctx)
	}
	if stay, err := q.followBase(ctx); err != nil || stay {
		return false, err
	}
	if ready, err := q.askProtection(ctx); err != nil || !ready {
		return false, err
	}
	if again, err := q.build(ctx); err != nil || again {
		return again, err
	}
	if len(q.batch) == 0 {
		return false, nil
	}
	return q.next(ctx)
}

func commandsKey(r repository.Repository) string {
	return fmt.Sprintf("%t\n%s", r.ChecksInShell, strings.Join(r.CheckCommands, "\n"))
}

// fetch updates the clone and reads the base.
func (q *queueRun) fetch(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, cloneTimeout)
	defer cancel()
	found, err := q.e.space.Clone(bounded, q.ref.Tenant, q.repo, q.credential, nil)
	if err != nil {
		return err
	}
	if err := q.e.app.Repos.Fetched(ctx, q.ref.Tenant, q.repo.ID, found); err != nil {
		return err
	}
	q.base, err = q.e.opts.Merges.MergeBase(ctx, q.ref.Tenant, q.repo)
	return err
}

// settle finds out whether the commit that was being pushed arrived.
func (q *queueRun) settle(ctx context.Context) error {
	landed, err := q.e.opts.Merges.Contains(ctx, q.ref.Tenant, q.repo.ID, q.base.Commit, q.queue.Landing)
	if err != nil {
		return err
	}
	return q.e.app.Work.FinishLanding(ctx, q.ref.Tenant, q.repo.ID, landed)
}

// followBase notices a base that was moved from outside. A queue that stopped on this base stays stopped.
func (q *queueRun) followBase(ctx context.Context) (stay bool, err error) {
	if q.queue.BaseCommit == q.base.Commit {
		return q.queue.Stopped != "", nil
	}
	note := ""
	for _, e := range q.queue.Entries {
		if e.Status == merge.Checking && q.queue.BaseCommit != "" {
			note = fmt.Sprintf("%s moved from %.7s to %.7s outside this queue, so its batch was started again.", q.repo.DefaultBranch, q.queue.BaseCommit, q.base.Commit)
		}
	}
	return false, q.e.app.Work.SetMergeBase(ctx, q.ref.Tenant, q.repo.ID, q.base.Commit, note)
}

// build merges the entries in order, each onto what is ahead of it. It takes out one that conflicts with the base, or that the base
// contains already, and then reports that everything has to be read again. An entry that conflicts with one ahead of it waits.
func (q *queueRun) build(ctx context.Context) (again bool, err error) {
	onto, in := q.base.Commit, map[merge.ID]bool{}
	for _, entry := range q.queue.Entries {
		if entry.Status == merge.Held {
			continue
		}
		if len(q.batch) == merge.MaxBatch || q.host != "" && len(q.batch) == 1 {
			break
		}
		s, err := q.e.opts.Merges.Stack(ctx, q.ref.Tenant, onto, entry)
		switch {
		case err != nil:
			return false, err
		case s.Contained && len(q.batch) == 0:
			return true, q.e.app.Work.EndMerge(ctx, q.ref.Tenant, entry, merge.Merged, q.repo.DefaultBranch+" contained this work already.")
		case len(s.Conflicts) > 0 && len(q.batch) == 0:
			entry.Conflicts = s.Conflicts
			return true, q.e.app.Work.EndMerge(ctx, q.ref.Tenant, entry, merge.TakenOut, "It conflicts with "+q.repo.DefaultBranch+" in "+listed(s.Conflicts)+".")
		case s.Contained || len(s.Conflicts) > 0:
			return false, q.e.app.Work.SetMergeBatch(ctx, q.ref.Tenant, q.queue.Entries, in)
		}
		q.batch, q.stack, onto, in[entry.ID] = append(q.batch, entry), append(q.stack, s), s.Commit, true
	}
	return false, q.e.app.Work.SetMergeBatch(ctx, q.ref.Tenant, q.queue.Entries, in)
}

// listed is the first of some paths, and how many there are.
func listed(paths []string) string {
	if len(paths) == 1 {
		return paths[0]
	}
	return fmt.Sprintf("%s and %d more", paths[0], len(paths)-1)
}

// at is what the first n entries make of the base; 0 is the base.
func (q *queueRun) at(n int) merge.Stacked {
	if n == 0 {
		return q.base
	}
	return q.stack[n-1]
}

// next takes the step that the planner chooses.
func (q *queueRun) next(ctx context.Context) (more bool, err error) {
	known := map[int]merge.Run{}
	for n := 0; n <= len(q.batch); n++ {
		if known[n], err = q.e.app.Work.MergeRun(ctx, q.ref.Tenant, q.repo.ID, q.at(n).Tree, q.commands); err != nil {
			return false, err
		}
	}
	step := merge.Next(len(q.batch), func(n int) merge.Verdict {
		switch {
		case len(q.repo.CheckCommands) == 0:
			return merge.Passed
		case n == len(q.batch) && known[n].Verdict == merge.Failed && known[n].Tries < 2:
			return merge.Unknown // one more try before others are checked because of it
		}
		return known[n].Verdict
	})
	switch step.Act {
	case merge.Check:
		return true, q.check(ctx, step.N)
	case merge.Land:
		if q.host != "" {
			return true, q.e.app.Work.BeginPull(ctx, q.ref.Tenant, checking(q.batch[0]), q.stack[0].Commit)
		}
		return q.land(ctx, step.N)
	case merge.TakeOut:
		return true, q.e.app.Work.EndMerge(ctx, q.ref.Tenant, checking(q.batch[step.N-1]), merge.TakenOut, fmt.Sprintf("%s fails with it, and passes without it.", known[step.N].Failed))
	}
	return false, q.e.app.Work.StopMerges(ctx, q.ref.Tenant, q.repo.ID, fmt.Sprintf("%s fails on %s itself (%.7s).", known[0].Failed, q.repo.DefaultBranch, q.base.Commit), q.base.Commit)
}

// checking is an entry as SetMergeBatch has left it.
func checking(e merge.Entry) merge.Entry {
	e.Status = merge.Checking
	return e
}

// land pushes the first n entries, whose tree has passed the checks. A base that moved in the meantime is built upon again.
func (q *queueRun) land(ctx context.Context, n int) (more bool, err error) {
	entries := make([]merge.Entry, n)
	for i := range entries {
		entries[i] = checking(q.batch[i])
		entries[i].Commit = q.stack[i].Commit
	}
	if err := q.e.app.Repos.CheckLanding(ctx, q.ref.Tenant, q.repo); fault.Is(err, fault.Conflict) {
		return false, q.e.app.Work.StopMerges(ctx, q.ref.Tenant, q.repo.ID, err.Error(), q.base.Commit)
	} else if err != nil {
		return false, err
	}
	to := q.at(n).Commit
	if err := q.e.app.Work.BeginLanding(ctx, q.ref.Tenant, q.repo.ID, to, entries); err != nil {
		return false, err
	}
	pushed := q.e.opts.Merges.Land(ctx, q.ref.Tenant, q.repo, q.credential, q.base.Commit, to)
	was := q.base.Commit
	if err := q.fetch(ctx); err != nil { // the next step finds out whether the push arrived
		return false, err
	}
	q.queue.Landing = to
	if err := q.settle(ctx); err != nil {
		return false, err
	}
	if pushed != nil && q.base.Commit == was {
		return false, q.e.app.Work.StopMerges(ctx, q.ref.Tenant, q.repo.ID, sentence(pushed, "The base could not be pushed. The details are in the server log."), was)
	}
	return true, nil
}
