package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

const entryColumns = `SELECT e.id, e.repository_id, e.session_id, s.title, s.deleted_at IS NOT NULL, e.attempt, s.created_by, s.files_changed, s.additions, s.deletions, e.head, s.branch, e.place, e.status, e.note, e.noted_by, e.noted_by_name, e.conflicts,
	e.merged_commit, e.pull_branch, e.pull_number, e.pull_url, e.added_by, e.added_by_name, e.added_at, e.ended_at FROM merge_entries e JOIN sessions s ON s.tenant_id = e.tenant_id AND s.id = e.session_id WHERE e.tenant_id = $1`

var (
	qAddEntry = area.Scoped(`INSERT INTO main.merge_entries (tenant_id, id, repository_id, session_id, attempt, head, place, status, note, noted_by, noted_by_name, conflicts, merged_commit, added_by, added_by_name, added_at)
		VALUES ($1, $2, $3, $4, $9, $5, (SELECT coalesce(max(place), 0) + 1 FROM merge_entries WHERE tenant_id = $1 AND repository_id = $3), 'waiting', '', '', '', '[]', '', $6, $7, $8)`)
	qEntry       = area.Scoped(entryColumns + ` AND e.id = $2`)
	qEntryOf     = area.Scoped(entryColumns + ` AND e.session_id = $2 ORDER BY e.added_at DESC, e.id DESC LIMIT 1`)
	qOpenEntryOf = area.Scoped(entryColumns + ` AND e.session_id = $2 AND e.ended_at IS NULL`)
	qOpenEntries = area.Scoped(entryColumns + ` AND e.repository_id = $2 AND e.ended_at IS NULL ORDER BY e.place, e.id`)
	qLeftEntries = area.Scoped(entryColumns + ` AND e.repository_id = $2 AND e.ended_at IS NOT NULL ORDER BY e.ended_at DESC, e.id DESC LIMIT $3`)
	qMoveEntry   = area.Scoped(`UPDATE main.merge_entries SET status = $4, note = $5, noted_by = $6, noted_by_name = $7, conflicts = $8, merged_commit = $9, ended_at = $10, pull_branch = $11, pull_number = $12, pull_url = $13
		WHERE tenant_id = $1 AND id = $2 AND status = $3`)
	qPlaceEntry = area.Scoped(`UPDATE main.merge_entries SET place = $3 WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL`)
)

// AddMergeEntry puts an entry at the end of its queue; Conflict if its session is in the queue already.
func (s Scope) AddMergeEntry(ctx context.Context, e merge.Entry) error {
	_, err := s.Scope.Exec(ctx, qAddEntry, e.ID, e.Repository, e.Session, e.Head, e.AddedBy, e.AddedName, dbkernel.Millis(e.AddedAt), e.Attempt)
	return dbkernel.Wrap("add to a merge queue", dbkernel.Taken(err, "session", "This session is in the merge queue already."))
}

// MergeEntry reads one entry; Missing if it is another team's.
func (s Scope) MergeEntry(ctx context.Context, id merge.ID) (merge.Entry, error) {
	return dbkernel.First("merge queue entry", scanEntry)(s.Scope.Query(ctx, qEntry, id))
}

// MergeEntryOf reads the newest entry of a session; Missing if it was never in a merge queue.
func (s Scope) MergeEntryOf(ctx context.Context, id session.ID) (merge.Entry, error) {
	return dbkernel.First("merge queue entry", scanEntry)(s.Scope.Query(ctx, qEntryOf, id))
}

// OpenMergeEntryOf reads the entry of a session that is in a queue; Missing if none is.
func (s Scope) OpenMergeEntryOf(ctx context.Context, id session.ID) (merge.Entry, error) {
	return dbkernel.First("merge queue entry", scanEntry)(s.Scope.Query(ctx, qOpenEntryOf, id))
}

// OpenMergeEntries reads the entries in a repository's queue, in order.
func (s Scope) OpenMergeEntries(ctx context.Context, id repository.ID) ([]merge.Entry, error) {
	return dbkernel.Collect(scanEntry)(s.Scope.Query(ctx, qOpenEntries, id))
}

// LeftMergeEntries reads the entries that left a repository's queue, newest first.
func (s Scope) LeftMergeEntries(ctx context.Context, id repository.ID, limit int) ([]merge.Entry, error) {
	return dbkernel.Collect(scanEntry)(s.Scope.Query(ctx, qLeftEntries, id, limit))
}

// MoveMergeEntry stores the status of e with its note, if it still has the status from; Conflict if it has another one.
func (s Scope) MoveMergeEntry(ctx context.Context, e merge.Entry, from merge.Status) error {
	var ended *time.Time
	if !e.Status.IsOpen() {
		now := s.Now()
		ended = &now
	}
	n, err := s.Scope.Exec(ctx, qMoveEntry, e.ID, from, e.Status, e.Note, e.NotedBy, e.NotedName, dbkernel.ListText(e.Conflicts), e.Commit, dbkernel.MillisOrNull(ended), e.PullBranch, e.Pull, e.PullURL)
	if err == nil && n == 0 {
		return merge.ErrMoved
	}
	return dbkernel.Wrap("move an entry of a merge queue", err)
}

// PlaceMergeEntry changes the place of an entry that is in its queue.
func (s Scope) PlaceMergeEntry(ctx context.Context, id merge.ID, place int64) error {
	return s.Scope.ExecOne(ctx, "merge queue entry", qPlaceEntry, id, place)
}

func scanEntry(r dbkernel.Scanner) (e merge.Entry, err error) {
	var conflicts string
	var ended dbkernel.NullTime
	err = r.Scan(&e.ID, &e.Repository, &e.Session, &e.SessionTitle, &e.SessionDeleted, &e.Attempt, &e.Owner, &e.Files, &e.Additions, &e.Deletions, &e.Head, &e.Branch, &e.Place, &e.Status, &e.Note, &e.NotedBy, &e.NotedName, &conflicts,
		&e.Commit, &e.PullBranch, &e.Pull, &e.PullURL, &e.AddedBy, &e.AddedName, dbkernel.TimeDest(&e.AddedAt), &ended)
	if err != nil {
		return e, err
	}
	e.EndedAt = ended.Time
	e.Conflicts, err = dbkernel.ParseList(conflicts)
	return e, dbkernel.Wrap("decode the conflicts of an entry", err)
}

var (
	qTouches = area.Scoped(`SELECT e.id, f.path, count(DISTINCT s.id) FROM merge_entries e
		JOIN session_files f ON f.tenant_id = e.tenant_id AND f.session_id = e.session_id
		JOIN sessions s ON s.tenant_id = e.tenant_id AND s.repository_id = e.repository_id AND s.status IN ('running', 'degraded', 'paused') AND s.deleted_at IS NULL AND s.id <> e.session_id
		JOIN session_files o ON o.tenant_id = s.tenant_id AND o.session_id = s.id AND o.path = f.path
		WHERE e.tenant_id = $1 AND e.repository_id = $2 AND e.ended_at IS NULL GROUP BY e.id, f.path ORDER BY e.id, f.path LIMIT 1000`)
	qOpenCounts = area.Scoped(`SELECT repository_id, count(*) FROM merge_entries WHERE tenant_id = $1 AND ended_at IS NULL GROUP BY repository_id`)
)

// MergeTouches reads the files of entries in a repository's queue that its running sessions change, too; at most 1000.
func (s Scope) MergeTouches(ctx context.Context, id repository.ID) (map[merge.ID][]merge.Touch, error) {
	type row struct {
		id merge.ID
		merge.Touch
	}
	rows, err := dbkernel.Collect(func(r dbkernel.Scanner) (v row, err error) {
		err = r.Scan(&v.id, &v.Path, &v.Sessions)
		return v, err
	})(s.Scope.Query(ctx, qTouches, id))
	all := map[merge.ID][]merge.Touch{}
	for _, r := range rows {
		all[r.id] = append(all[r.id], r.Touch)
	}
	return all, err
}

// OpenMergeCounts counts the entries in each queue of the team.
func (s Scope) OpenMergeCounts(ctx context.Context) (map[repository.ID]int64, error) {
	type row struct {
		id repository.ID
		n  int64
	}
	rows, err := dbkernel.Collect(func(r dbkernel.Scanner) (v row, err error) {
		err = r.Scan(&v.id, &v.n)
		return v, err
	})(s.Scope.Query(ctx, qOpenCounts))
	all := map[repository.ID]int64{}
	for _, r := range rows {
		all[r.id] = r.n
	}
	return all, err
}
