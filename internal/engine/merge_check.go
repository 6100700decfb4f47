package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

// check runs the commands on the tree of the first n entries. It ends early if a person takes out or holds one of the batch.
func (q *queueRun) check(ctx context.Context, n int) (err error) {
	if err := q.e.app.Work.BeginMergeCheck(ctx, q.ref.Tenant, q.repo.ID, n); err != nil {
		return err
	}
	defer func(ctx context.Context) {
		err = errors.Join(err, q.e.app.Work.EndMergeCheck(context.WithoutCancel(ctx), q.ref.Tenant, q.repo.ID))
	}(ctx)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { q.watch(ctx, done, cancel) })
	began := time.Now()
	results, err := q.e.opts.Merges.CheckCommit(ctx, q.ref.Tenant, q.repo, q.at(n).Commit)
	close(done)
	watching.Wait()
	if errors.Is(context.Cause(ctx), merge.ErrMoved) {
		return merge.ErrMoved
	}
	if err != nil {
		return err
	}
	run := merge.Run{Tree: q.at(n).Tree, Base: q.base.Commit, Verdict: merge.Passed, Took: time.Since(began)}
	for _, e := range q.batch[:n] {
		run.Entries = append(run.Entries, e.ID)
	}
	for _, r := range results {
		if r.Verdict == repository.NotRun {
			return fault.New(fault.Unavailable, "The check %q could not be started: %s", r.Command, r.Output)
		}
		if r.Verdict != repository.Passed {
			run.Verdict, run.Failed, run.Output = merge.Failed, r.Command, tail(r.Output)
		}
	}
	if run.Verdict == merge.Passed && len(results) != len(q.repo.CheckCommands) {
		return fmt.Errorf("%d of %d checks ran", len(results), len(q.repo.CheckCommands))
	}
	return q.e.app.Work.RecordMergeRun(ctx, q.ref.Tenant, q.repo.ID, q.commands, run)
}

// tail is the end of an output.
func tail(s string) string {
	const most = 16 << 10
	return strings.ToValidUTF8(s[max(0, len(s)-most):], "")
}

// watch cancels a check whose batch a person has changed.
func (q *queueRun) watch(ctx context.Context, done <-chan struct{}, cancel context.CancelCauseFunc) {
	bell, leave := q.e.app.Kernel.Hub.Hang(appwork.MergeBell)
	defer leave()
	for {
		now, err := q.e.app.Work.MergeState(ctx, q.ref.Tenant, q.ref.Repository)
		if err == nil && (now.Held != "" || !q.sameBatch(now)) {
			cancel(merge.ErrMoved)
			return
		}
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		case <-bell.Ring:
		}
	}
}

// sameBatch reports whether all entries of the batch are still being checked.
func (q *queueRun) sameBatch(now merge.Queue) bool {
	status := map[merge.ID]merge.Status{}
	for _, e := range now.Entries {
		status[e.ID] = e.Status
	}
	for _, e := range q.batch {
		if status[e.ID] != merge.Checking {
			return false
		}
	}
	return true
}
