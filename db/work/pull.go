package work

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const pullColumns = `p.session_id, p.repository_id, p.attempt, p.number, p.host, p.url, p.title, p.state, p.draft, p.base, p.branch, p.head, p.merge_commit, p.merging,
	p.reviewers, p.checks, p.opened_by, p.opened_by_name, p.opened_at, p.changed_at, p.read_at, p.trouble, p.next_read_at`

// manyPulls is how many sessions PullsOf reads the pull requests of in one statement.
const manyPulls = 100

var (
	// Opening the same pull request twice keeps who opened it first.
	qAddPull = area.Scoped(`INSERT INTO main.pull_requests (tenant_id, session_id, repository_id, attempt, number, host, url, title, state, draft, base, branch, head,
		merge_commit, merging, reviewers, checks, opened_by, opened_by_name, opened_at, changed_at, read_at, next_read_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
		ON CONFLICT (tenant_id, session_id, number) DO UPDATE SET state = excluded.state, draft = excluded.draft, head = excluded.head, title = excluded.title,
		read_at = excluded.read_at, next_read_at = excluded.next_read_at`)
	qSetPull = area.Scoped(`UPDATE main.pull_requests SET title = $4, state = $5, draft = $6, head = $7, merge_commit = $8, merging = $9, reviewers = $10, checks = $11,
		changed_at = $12, read_at = $13, trouble = $14, next_read_at = $15 WHERE tenant_id = $1 AND session_id = $2 AND number = $3`)
	qPulls = area.Scoped(`SELECT ` + pullColumns + ` FROM pull_requests p JOIN sessions s ON s.tenant_id = p.tenant_id AND s.id = p.session_id
		WHERE p.tenant_id = $1 AND p.session_id = $2 AND s.deleted_at IS NULL ORDER BY p.opened_at DESC, p.number DESC LIMIT 20`)
	qPullsOf = area.Scoped(`SELECT ` + pullColumns + ` FROM pull_requests p WHERE p.tenant_id = $1 AND p.session_id IN (` + dbkernel.Placeholders(2, manyPulls) + `)
		ORDER BY p.opened_at, p.number`)
	// A page asks for the next reading once; until then its next requests change nothing.
	qLookAtPull = area.Scoped(`UPDATE main.pull_requests SET next_read_at = read_at + $3 WHERE tenant_id = $1 AND session_id = $2 AND state = 'open' AND next_read_at > read_at + $3`)
	qWakePulls  = area.Scoped(`UPDATE main.pull_requests SET next_read_at = $4 WHERE tenant_id = $1 AND repository_id = $2 AND (state = 'open' OR number = $3)
		AND (next_read_at IS NULL OR next_read_at > $4)`)

	qMergedWork   = area.Scoped(`UPDATE main.outcomes SET merged_at = $4, merged_commit = $5, reverted_at = NULL WHERE tenant_id = $1 AND session_id = $2 AND attempt = $3`)
	qRevertedWork = area.Scoped(`UPDATE main.outcomes SET reverted_at = $4 WHERE tenant_id = $1 AND session_id = $2 AND attempt = $3`)

	qAddDelivery  = area.Scoped(`INSERT INTO main.forge_deliveries (tenant_id, repository_id, delivery, received_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`)
	qDropDelivery = area.Scoped(`DELETE FROM main.forge_deliveries WHERE tenant_id = $1 AND repository_id = $2 AND received_at < $3`)

	qDuePulls = area.CrossTenant(dbkernel.ReasonWatch, `SELECT p.tenant_id, p.session_id, p.number, p.next_read_at FROM pull_requests p
		JOIN tenants t ON t.id = p.tenant_id JOIN sessions s ON s.tenant_id = p.tenant_id AND s.id = p.session_id
		WHERE p.next_read_at <= $1 AND t.is_active = 1 AND t.deleted_at IS NULL AND s.deleted_at IS NULL ORDER BY p.next_read_at LIMIT $2`)
	// Several servers have the same loop: the one that moves the time reads the pull request.
	qClaimPull = area.CrossTenant(dbkernel.ReasonWatch, `UPDATE main.pull_requests SET next_read_at = $5 WHERE tenant_id = $1 AND session_id = $2 AND number = $3 AND next_read_at = $4`)
)

// AddPull stores a pull request that was opened for a session; one that is stored already keeps who opened it.
func (s Scope) AddPull(ctx context.Context, p session.Pull, next time.Time) error {
	reviewers, checks := pullLists(p)
	_, err := s.Scope.Exec(ctx, qAddPull, p.Session, p.Repository, p.Attempt, p.Number, p.Host, p.URL, p.Title, string(p.State), dbkernel.Bit(p.Draft), p.Base, p.Branch, p.Head,
		p.MergeCommit, string(p.Merging), reviewers, checks, p.OpenedBy, p.OpenedByName, dbkernel.Millis(p.OpenedAt), dbkernel.Millis(p.ChangedAt), dbkernel.Millis(p.ReadAt), dbkernel.Millis(next))
	if err != nil {
		return dbkernel.Wrap("store a pull request", err)
	}
	return s.logChange(ctx, p.Session, "pull_request", 0, 0)
}

// SetPull stores what a reading of a pull request found and when it is read again; nil for never.
func (s Scope) SetPull(ctx context.Context, p session.Pull, next *time.Time) error {
	reviewers, checks := pullLists(p)
	err := s.Scope.ExecOne(ctx, "pull request", qSetPull, p.Session, p.Number, p.Title, string(p.State), dbkernel.Bit(p.Draft), p.Head, p.MergeCommit, string(p.Merging), reviewers, checks,
		dbkernel.Millis(p.ChangedAt), dbkernel.Millis(p.ReadAt), p.Trouble, dbkernel.MillisOrNull(next))
	if err != nil {
		return err
	}
	return s.logChange(ctx, p.Session, "pull_request", 0, 0)
}

func pullLists(p session.Pull) (reviewers, checks string) {
	list, _ := json.Marshal(p.Checks)
	return dbkernel.ListText(p.Reviewers), string(list)
}

// Pulls reads a session's pull requests, newest first.
func (s Scope) Pulls(ctx context.Context, id session.ID) ([]session.Pull, error) {
	return dbkernel.Collect(scanPull)(s.Scope.Query(ctx, qPulls, id))
}

// PullsOf reads the newest pull request of each of several sessions that has one.
func (s Scope) PullsOf(ctx context.Context, ids []session.ID) (map[session.ID]session.Pull, error) {
	found := map[session.ID]session.Pull{}
	for some := range slices.Chunk(ids, manyPulls) {
		pulls, err := dbkernel.Collect(scanPull)(s.Scope.Query(ctx, qPullsOf, dbkernel.Padded(some, manyPulls)...))
		if err != nil {
			return nil, err
		}
		for _, p := range pulls {
			found[p.Session] = p // the last one is the newest
		}
	}
	return found, nil
}

// SetMergedWork stores that the work of an attempt became a commit of its base. An attempt without an outcome is left alone.
func (s Scope) SetMergedWork(ctx context.Context, id session.ID, attempt int, commit string, at time.Time) error {
	_, err := s.Scope.Exec(ctx, qMergedWork, id, attempt, dbkernel.Millis(at), commit)
	return dbkernel.Wrap("store a merge", err)
}

// SetRevertedWork stores that the merged work of an attempt was taken back.
func (s Scope) SetRevertedWork(ctx context.Context, id session.ID, attempt int, at time.Time) error {
	_, err := s.Scope.Exec(ctx, qRevertedWork, id, attempt, dbkernel.Millis(at))
	return dbkernel.Wrap("store a revert", err)
}

// LookAtPull makes the next reading of a session's open pull request come soon after the last, because somebody looks at it.
func (s Scope) LookAtPull(ctx context.Context, id session.ID) error {
	_, err := s.Scope.Exec(ctx, qLookAtPull, id, session.PullLookedAt.Milliseconds())
	return dbkernel.Wrap("look at a pull request", err)
}

// WakePulls lets the open pull requests of a repository, and the one with a number, be read at a time at the latest.
func (s Scope) WakePulls(ctx context.Context, id repository.ID, number int, at time.Time) error {
	_, err := s.Scope.Exec(ctx, qWakePulls, id, number, dbkernel.Millis(at))
	return dbkernel.Wrap("wake pull requests", err)
}

// AddDelivery stores the delivery of a webhook and forgets those before a time. It returns false if the delivery is stored already.
func (s Scope) AddDelivery(ctx context.Context, id repository.ID, delivery string, at, before time.Time) (bool, error) {
	if _, err := s.Scope.Exec(ctx, qDropDelivery, id, dbkernel.Millis(before)); err != nil {
		return false, dbkernel.Wrap("forget deliveries", err)
	}
	n, err := s.Scope.Exec(ctx, qAddDelivery, id, delivery, dbkernel.Millis(at))
	return n == 1, dbkernel.Wrap("store a delivery", err)
}

// DuePull names a pull request whose time to be read has come.
type DuePull struct {
	Tenant  tenant.ID
	Session session.ID
	Number  int
	due     int64
}

// DuePulls lists the pull requests of active teams that are to be read now, the longest waiting first.
func (s System) DuePulls(ctx context.Context, now time.Time, limit int) ([]DuePull, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (d DuePull, err error) {
		err = r.Scan(&d.Tenant, &d.Session, &d.Number, &d.due)
		return d, err
	})(s.System.Query(ctx, qDuePulls, dbkernel.Millis(now), limit))
}

// ClaimPull puts off the next reading. It returns false if another server was faster.
func (s System) ClaimPull(ctx context.Context, d DuePull, until time.Time) (bool, error) {
	n, err := s.System.Exec(ctx, qClaimPull, d.Tenant, d.Session, d.Number, d.due, dbkernel.Millis(until))
	return n == 1, dbkernel.Wrap("claim a pull request", err)
}

func scanPull(r dbkernel.Scanner) (p session.Pull, err error) {
	var reviewers, checks string
	var draft, next sql.NullInt64
	if err := r.Scan(&p.Session, &p.Repository, &p.Attempt, &p.Number, &p.Host, &p.URL, &p.Title, &p.State, &draft, &p.Base, &p.Branch, &p.Head, &p.MergeCommit, &p.Merging,
		&reviewers, &checks, &p.OpenedBy, &p.OpenedByName, dbkernel.TimeDest(&p.OpenedAt), dbkernel.TimeDest(&p.ChangedAt), dbkernel.TimeDest(&p.ReadAt), &p.Trouble, &next); err != nil {
		return p, err
	}
	p.Draft, p.NextReadAt = draft.Int64 == 1, dbkernel.TimeOrNil(next)
	if p.Reviewers, err = dbkernel.ParseList(reviewers); err != nil {
		return p, dbkernel.Wrap("reviewers of a pull request", err)
	}
	return p, dbkernel.Wrap("checks of a pull request", json.Unmarshal([]byte(checks), &p.Checks))
}
