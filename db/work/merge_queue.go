package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qOpenMergeQueue = area.Scoped(`INSERT INTO main.merge_queues (tenant_id, repository_id, base_commit, held, held_by, held_by_name, stopped, note, landing)
		VALUES ($1, $2, '', '', '', '', '', '', '') ON CONFLICT (tenant_id, repository_id) DO NOTHING`)
	qMergeQueue    = area.Scoped(`SELECT repository_id, base_commit, held, held_by_name, stopped, note, landing, landing_entry, waits, checking, checking_since FROM merge_queues WHERE tenant_id = $1 AND repository_id = $2`)
	qHoldQueue     = area.Scoped(`UPDATE main.merge_queues SET held = $3, held_by = $4, held_by_name = $5, stopped = '' WHERE tenant_id = $1 AND repository_id = $2`)
	qStopQueue     = area.Scoped(`UPDATE main.merge_queues SET stopped = $3, base_commit = $4 WHERE tenant_id = $1 AND repository_id = $2`)
	qSetQueueBase  = area.Scoped(`UPDATE main.merge_queues SET base_commit = $3, note = $4, stopped = '' WHERE tenant_id = $1 AND repository_id = $2`)
	qSetLanding    = area.Scoped(`UPDATE main.merge_queues SET landing = $3, landing_entry = $4, waits = '' WHERE tenant_id = $1 AND repository_id = $2`)
	qSetWaits      = area.Scoped(`UPDATE main.merge_queues SET waits = $3 WHERE tenant_id = $1 AND repository_id = $2`)
	qSetChecking   = area.Scoped(`UPDATE main.merge_queues SET checking = $3, checking_since = $4 WHERE tenant_id = $1 AND repository_id = $2`)
	qWaitingQueues = area.CrossTenant(dbkernel.ReasonWatch, `SELECT q.tenant_id, q.repository_id FROM merge_queues q JOIN repositories r ON r.tenant_id = q.tenant_id AND r.id = q.repository_id
		JOIN tenants t ON t.id = q.tenant_id WHERE r.deleted_at IS NULL AND t.is_active = 1 AND (q.landing_entry <> '' OR q.held = ''
		AND EXISTS (SELECT 1 FROM merge_entries e WHERE e.tenant_id = q.tenant_id AND e.repository_id = q.repository_id AND e.ended_at IS NULL AND e.status <> 'held'))`)
)

// OpenMergeQueue creates the queue of a repository unless there is one.
func (s Scope) OpenMergeQueue(ctx context.Context, id repository.ID) error {
	_, err := s.Scope.Exec(ctx, qOpenMergeQueue, id)
	return dbkernel.Wrap("open a merge queue", err)
}

// MergeQueue reads the state of a repository's queue, without entries; Missing before the first one.
func (s Scope) MergeQueue(ctx context.Context, id repository.ID) (merge.Queue, error) {
	return dbkernel.First("merge queue", func(r dbkernel.Scanner) (q merge.Queue, err error) {
		var since dbkernel.NullTime
		err = r.Scan(&q.Repository, &q.BaseCommit, &q.Held, &q.HeldBy, &q.Stopped, &q.Note, &q.Landing, &q.LandingEntry, &q.Waits, &q.Checking, &since)
		q.CheckingSince = since.Time
		return q, err
	})(s.Scope.Query(ctx, qMergeQueue, id))
}

// HoldMergeQueue stores why and by whom a queue is held; empty texts release it and let it try again after it stopped.
func (s Scope) HoldMergeQueue(ctx context.Context, id repository.ID, reason string, by tenant.UserID, name string) error {
	return s.Scope.ExecOne(ctx, "merge queue", qHoldQueue, id, reason, by, name)
}

// StopMergeQueue stores why a queue stopped by itself, on which base.
func (s Scope) StopMergeQueue(ctx context.Context, id repository.ID, why, base string) error {
	return s.Scope.ExecOne(ctx, "merge queue", qStopQueue, id, why, base)
}

// SetMergeBase stores the base that the next batch is built on and what happened last. A queue that had stopped continues.
func (s Scope) SetMergeBase(ctx context.Context, id repository.ID, base, note string) error {
	return s.Scope.ExecOne(ctx, "merge queue", qSetQueueBase, id, base, note)
}

// SetLanding stores the commit that is on its way to the base, and the entry whose pull request brings it there, if it is not pushed;
// empty for none. The queue waits for nothing then.
func (s Scope) SetLanding(ctx context.Context, id repository.ID, commit string, entry merge.ID) error {
	return s.Scope.ExecOne(ctx, "merge queue", qSetLanding, id, commit, entry)
}

// SetMergeWaits stores what a queue waits for on the forge; empty for nothing.
func (s Scope) SetMergeWaits(ctx context.Context, id repository.ID, why string) error {
	return s.Scope.ExecOne(ctx, "merge queue", qSetWaits, id, why)
}

// SetMergeCheck stores how many entries the check that runs has in its tree, and since when; nil for none.
func (s Scope) SetMergeCheck(ctx context.Context, id repository.ID, n int, since *time.Time) error {
	return s.Scope.ExecOne(ctx, "merge queue", qSetChecking, id, n, dbkernel.MillisOrNull(since))
}

// MergeQueueRef names the merge queue of a team's repository.
type MergeQueueRef struct {
	Tenant     tenant.ID
	Repository repository.ID
}

// WaitingMergeQueues lists the queues of active teams that have entries to merge and are not held, or a pull request on its way.
func (s System) WaitingMergeQueues(ctx context.Context) ([]MergeQueueRef, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (v MergeQueueRef, err error) {
		err = r.Scan(&v.Tenant, &v.Repository)
		return v, err
	})(s.System.Query(ctx, qWaitingQueues))
}

var (
	qSetMergeRun = area.Scoped(`INSERT INTO main.merge_runs (tenant_id, repository_id, tree, commands, base_commit, entries, verdict, tries, failed, output, ran_at, took_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10, $11)
		ON CONFLICT (tenant_id, repository_id, tree, commands) DO UPDATE SET base_commit = excluded.base_commit, entries = excluded.entries, verdict = excluded.verdict,
		tries = merge_runs.tries + 1, failed = excluded.failed, output = excluded.output, ran_at = excluded.ran_at, took_ms = excluded.took_ms`)
	qRun         = area.Scoped(runColumns + ` AND tree = $3 AND commands = $4`)
	qNewestRuns  = area.Scoped(runColumns + ` ORDER BY ran_at DESC LIMIT $3`)
	qForgetRuns  = area.Scoped(`DELETE FROM main.merge_runs WHERE tenant_id = $1 AND repository_id = $2 AND ran_at < $3`)
	qRetryFailed = area.Scoped(`DELETE FROM main.merge_runs WHERE tenant_id = $1 AND repository_id = $2 AND verdict = 'failed'`)
)

const runColumns = `SELECT tree, base_commit, entries, verdict, tries, failed, output, ran_at, took_ms FROM merge_runs WHERE tenant_id = $1 AND repository_id = $2`

// SetMergeRun stores what the checks said about a tree. Another run of the same commands on the same tree replaces it and counts.
func (s Scope) SetMergeRun(ctx context.Context, id repository.ID, commands string, v merge.Run) error {
	names := make([]string, len(v.Entries))
	for i, e := range v.Entries {
		names[i] = string(e)
	}
	_, err := s.Scope.Exec(ctx, qSetMergeRun, id, v.Tree, commands, v.Base, dbkernel.ListText(names), v.Verdict, v.Failed, v.Output, dbkernel.Millis(v.At), v.Took.Milliseconds())
	return dbkernel.Wrap("store a run of the merge queue", err)
}

// MergeRun reads what the checks said about a tree; Missing if these commands did not run on it.
func (s Scope) MergeRun(ctx context.Context, id repository.ID, tree, commands string) (merge.Run, error) {
	return dbkernel.First("run", scanRun)(s.Scope.Query(ctx, qRun, id, tree, commands))
}

// MergeRuns reads the newest runs of a queue, newest first.
func (s Scope) MergeRuns(ctx context.Context, id repository.ID, limit int) ([]merge.Run, error) {
	return dbkernel.Collect(scanRun)(s.Scope.Query(ctx, qNewestRuns, id, limit))
}

// ForgetMergeRuns deletes the runs of a queue from before a time.
func (s Scope) ForgetMergeRuns(ctx context.Context, id repository.ID, before time.Time) error {
	_, err := s.Scope.Exec(ctx, qForgetRuns, id, dbkernel.Millis(before))
	return dbkernel.Wrap("forget runs of the merge queue", err)
}

// ForgetFailedMergeRuns lets failed checks of a queue run again.
func (s Scope) ForgetFailedMergeRuns(ctx context.Context, id repository.ID) error {
	_, err := s.Scope.Exec(ctx, qRetryFailed, id)
	return dbkernel.Wrap("forget failed runs of the merge queue", err)
}

func scanRun(r dbkernel.Scanner) (v merge.Run, err error) {
	var entries string
	var took int64
	if err = r.Scan(&v.Tree, &v.Base, &entries, &v.Verdict, &v.Tries, &v.Failed, &v.Output, dbkernel.TimeDest(&v.At), &took); err != nil {
		return v, err
	}
	v.Took = time.Duration(took) * time.Millisecond
	names, err := dbkernel.ParseList(entries)
	for _, n := range names {
		v.Entries = append(v.Entries, merge.ID(n))
	}
	return v, dbkernel.Wrap("decode the entries of a run", err)
}
