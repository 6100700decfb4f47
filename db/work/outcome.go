package work

import (
	"context"
	"database/sql"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// outcomeChecks are the results of the attempt's checks, outcomeTokens all tokens of the session.
const (
	outcomeChecks = `(SELECT count(*) FROM session_checks c WHERE c.tenant_id = $1 AND c.session_id = $2 AND c.attempt = s.attempt AND c.verdict `
	outcomeAsks   = `(SELECT count(*) FROM asks a WHERE a.tenant_id = $1 AND a.session_id = $2 AND a.attempt = s.attempt AND a.kind = 'approval'`
	outcomeTokens = `s.tokens_input + s.tokens_output + s.tokens_reasoning + s.tokens_cache_read + s.tokens_cache_write_short + s.tokens_cache_write_long`
	outcomeBefore = ` FROM outcomes o WHERE o.tenant_id = $1 AND o.session_id = $2 AND o.attempt < s.attempt)`
)

var (
	qAttemptEnd = area.Scoped(`SELECT s.attempt, s.status, s.reason_code, ` + outcomeChecks + `= 'passed'), ` + outcomeChecks + `<> 'passed'), s.files_changed, s.additions, s.deletions, ` +
		outcomeAsks + `), ` + outcomeAsks + ` AND a.reply = 'reject'), s.ran_ms, ` + outcomeTokens + ` - (SELECT coalesce(sum(o.tokens), 0)` + outcomeBefore + `,
		s.cost_microusd - (SELECT coalesce(sum(o.cost_microusd), 0)` + outcomeBefore + `, s.ended_at
		FROM sessions s WHERE s.tenant_id = $1 AND s.id = $2 AND s.attempt > 0 AND s.ended_at IS NOT NULL`)
	// An attempt that continues after its end has one row: the last end counts, and its running times are added.
	qEndAttempt = area.Scoped(`INSERT INTO main.outcomes (tenant_id, session_id, attempt, status, reason_code, checks_passed, checks_failed, failed_checks,
		files_changed, additions, deletions, asked, denied, ran_ms, tokens, cost_microusd, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
		ON CONFLICT (tenant_id, session_id, attempt) DO UPDATE SET status = excluded.status, reason_code = excluded.reason_code,
		checks_passed = excluded.checks_passed, checks_failed = excluded.checks_failed, failed_checks = excluded.failed_checks,
		files_changed = excluded.files_changed, additions = excluded.additions, deletions = excluded.deletions, asked = excluded.asked, denied = excluded.denied,
		ran_ms = outcomes.ran_ms + excluded.ran_ms, tokens = excluded.tokens, cost_microusd = excluded.cost_microusd, ended_at = excluded.ended_at`)
	qFailedChecks = area.Scoped(`SELECT c.command FROM session_checks c JOIN sessions s ON s.tenant_id = c.tenant_id AND s.id = c.session_id AND s.attempt = c.attempt
		WHERE c.tenant_id = $1 AND c.session_id = $2 AND c.verdict <> 'passed' ORDER BY c.n LIMIT $3`)
	// Changes that are read after the attempt's end, such as after a person's stop.
	qOutcomeFiles = area.Scoped(`UPDATE main.outcomes SET files_changed = $4, additions = $5, deletions = $6 WHERE tenant_id = $1 AND session_id = $2 AND attempt = $3`)
	qSavedWork    = area.Scoped(`UPDATE main.outcomes SET saved_commit = $4, saved_commits = $5 WHERE tenant_id = $1 AND session_id = $2 AND attempt = $3`)
	qPushedWork   = area.Scoped(`UPDATE main.outcomes SET pushed_at = $4, pushed_branch = $5, pushed_commit = $6, pushed_by = $7, pushed_by_name = $8, pushed_command = $9
		WHERE tenant_id = $1 AND session_id = $2 AND attempt = $3`)
	qNoticeWork = area.Scoped(`UPDATE main.outcomes SET noticed_at = $4 WHERE tenant_id = $1 AND session_id = $2 AND attempt = $3 AND noticed_at IS NULL`)
	qOutcomes   = area.Scoped(`SELECT attempt, status, reason_code, checks_passed, checks_failed, failed_checks, files_changed, additions, deletions, asked, denied,
		ran_ms, tokens, cost_microusd, ended_at, saved_commit, saved_commits, pushed_at, pushed_branch, pushed_commit, pushed_by_name, pushed_command, merged_at, merged_commit,
		reverted_at, abandoned_at, noticed_at, removed_at FROM outcomes WHERE tenant_id = $1 AND session_id = $2 ORDER BY attempt DESC`)
)

// maxFailedCommand is how much of a failed command an outcome keeps, in bytes.
const maxFailedCommand = 200

// EndAttempt stores the outcome of a session's attempt, which has ended. Nothing is stored for a session that never ran.
func (s Scope) EndAttempt(ctx context.Context, id session.ID) error {
	o, ended, err := dbkernel.Maybe(scanAttemptEnd)(s.Scope.Query(ctx, qAttemptEnd, id))
	if err != nil || !ended {
		return dbkernel.Wrap("read the end of an attempt", err)
	}
	failed, err := dbkernel.Collect(dbkernel.Value[string])(s.Scope.Query(ctx, qFailedChecks, id, session.MaxFailedCommands))
	if err != nil {
		return dbkernel.Wrap("read failed checks", err)
	}
	for i, command := range failed {
		failed[i] = text.Brief(command, maxFailedCommand)
	}
	_, err = s.Scope.Exec(ctx, qEndAttempt, id, o.Attempt, o.Status, o.Reason, o.Checks.Passed, o.Checks.Failed, dbkernel.ListText(failed), o.Files, o.Additions, o.Deletions,
		o.Asked, o.Denied, o.Ran.Milliseconds(), o.Tokens, o.CostMicroUSD, dbkernel.Millis(o.EndedAt))
	return dbkernel.Wrap("store outcome", err)
}

func scanAttemptEnd(r dbkernel.Scanner) (o session.Outcome, err error) {
	var ran int64
	err = r.Scan(&o.Attempt, &o.Status, &o.Reason, &o.Checks.Passed, &o.Checks.Failed, &o.Files, &o.Additions, &o.Deletions, &o.Asked, &o.Denied,
		&ran, &o.Tokens, &o.CostMicroUSD, dbkernel.TimeDest(&o.EndedAt))
	o.Ran = time.Duration(ran) * time.Millisecond
	return o, err
}

// SetSavedWork stores the commits in which the work of an attempt was saved.
func (s Scope) SetSavedWork(ctx context.Context, id session.ID, attempt int, commit string, commits int) error {
	_, err := s.Scope.Exec(ctx, qSavedWork, id, attempt, commit, commits)
	return dbkernel.Wrap("store saved work", err)
}

// SetPushedWork stores a push of the work of an attempt.
func (s Scope) SetPushedWork(ctx context.Context, id session.ID, attempt int, p session.Pushed, by tenant.UserID) error {
	err := s.Scope.ExecOne(ctx, "outcome", qPushedWork, id, attempt, dbkernel.Millis(p.At), p.Branch, p.Commit, by, p.ByName, p.Command)
	if err != nil {
		return dbkernel.Wrap("store push", err)
	}
	return s.logChange(ctx, id, "pushed", 0, 0)
}

// NoticeWork stores that the removal of an attempt's work was announced; first is false if it was before.
func (s Scope) NoticeWork(ctx context.Context, id session.ID, attempt int, now time.Time) (first bool, err error) {
	n, err := s.Scope.Exec(ctx, qNoticeWork, id, attempt, dbkernel.Millis(now))
	return n > 0, dbkernel.Wrap("store notice", err)
}

// Outcomes reads the outcomes of a session's attempts, newest first.
func (s Scope) Outcomes(ctx context.Context, id session.ID) ([]session.Outcome, error) {
	return dbkernel.Collect(scanOutcome)(s.Scope.Query(ctx, qOutcomes, id))
}

func scanOutcome(r dbkernel.Scanner) (o session.Outcome, err error) {
	var ran int64
	var failed string
	var pushed, merged, reverted, abandoned, noticed, removed sql.NullInt64
	var push session.Pushed
	err = r.Scan(&o.Attempt, &o.Status, &o.Reason, &o.Checks.Passed, &o.Checks.Failed, &failed, &o.Files, &o.Additions, &o.Deletions, &o.Asked, &o.Denied,
		&ran, &o.Tokens, &o.CostMicroUSD, dbkernel.TimeDest(&o.EndedAt), &o.SavedCommit, &o.SavedCommits, &pushed, &push.Branch, &push.Commit, &push.ByName, &push.Command,
		&merged, &o.MergedCommit, &reverted, &abandoned, &noticed, &removed)
	if err != nil {
		return o, err
	}
	o.Ran = time.Duration(ran) * time.Millisecond
	o.MergedAt, o.RevertedAt, o.AbandonedAt = dbkernel.TimeOrNil(merged), dbkernel.TimeOrNil(reverted), dbkernel.TimeOrNil(abandoned)
	o.NoticedAt, o.RemovedAt = dbkernel.TimeOrNil(noticed), dbkernel.TimeOrNil(removed)
	if pushed.Valid {
		push.At, o.Pushed = dbkernel.TimeOf(pushed.Int64), &push
	}
	o.Checks.FailedCommands, err = dbkernel.ParseList(failed)
	return o, err
}

var (
	qSetFeedback = area.Scoped(`INSERT INTO main.session_feedback (tenant_id, session_id, by_id, by_name, value, note, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant_id, session_id, by_id) DO UPDATE SET by_name = excluded.by_name, value = excluded.value, note = excluded.note, at = excluded.at`)
	qFeedback = area.Scoped(`SELECT by_id, by_name, value, note, at FROM session_feedback WHERE tenant_id = $1 AND session_id = $2 ORDER BY at DESC, by_id LIMIT 200`)
)

// SetFeedback stores what a person thinks of a session, in place of what they said before.
func (s Scope) SetFeedback(ctx context.Context, id session.ID, f session.Feedback) error {
	_, err := s.Scope.Exec(ctx, qSetFeedback, id, f.By, f.ByName, f.Value, f.Note, dbkernel.Millis(f.At))
	return dbkernel.Wrap("store feedback", err)
}

// Feedback reads what people think of a session, the newest first, at most 200.
func (s Scope) Feedback(ctx context.Context, id session.ID) ([]session.Feedback, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (f session.Feedback, err error) {
		err = r.Scan(&f.By, &f.ByName, &f.Value, &f.Note, dbkernel.TimeDest(&f.At))
		return f, err
	})(s.Scope.Query(ctx, qFeedback, id))
}
