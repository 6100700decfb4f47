package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

var (
	qSumFiles  = area.Scoped(`UPDATE main.sessions SET files_changed = $3, additions = $4, deletions = $5, version = version + 1 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qDropFiles = area.Scoped(`DELETE FROM main.session_files WHERE tenant_id = $1 AND session_id = $2`)
	qAddFile   = area.Scoped(`INSERT INTO main.session_files (tenant_id, session_id, n, path, old_path, status, additions, deletions, is_binary, patch, omitted)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, nullif($11, ''))`)
	qFiles    = area.Scoped(`SELECT path, old_path, status, additions, deletions, is_binary, patch, coalesce(omitted, '') FROM session_files WHERE tenant_id = $1 AND session_id = $2 ORDER BY n`)
	qSetPatch = area.Scoped(`INSERT INTO main.session_patches (tenant_id, session_id, attempt, patch, truncated, taken_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, session_id, attempt) DO UPDATE SET patch = excluded.patch, truncated = excluded.truncated, taken_at = excluded.taken_at`)
	qPatch = area.Scoped(`SELECT patch, truncated, taken_at FROM session_patches WHERE tenant_id = $1 AND session_id = $2 AND attempt = CASE WHEN $3 > 0 THEN $3 ELSE
		(SELECT max(m.attempt) FROM session_patches m WHERE m.tenant_id = $1 AND m.session_id = $2) END`)
)

// SetDiff replaces a session's diff and the sums on the session's row, and the patch of one attempt. Patches of other attempts are kept.
func (s Scope) SetDiff(ctx context.Context, id session.ID, attempt int, files []session.FileChange, patch []byte, truncated bool, now time.Time) error {
	added, deleted := 0, 0
	for _, f := range files {
		added, deleted = added+f.Additions, deleted+f.Deletions
	}
	if err := s.Scope.ExecOne(ctx, "session", qSumFiles, id, len(files), added, deleted); err != nil {
		return dbkernel.Wrap("store sums of diff", err)
	}
	if _, err := s.Scope.Exec(ctx, qOutcomeFiles, id, attempt, len(files), added, deleted); err != nil {
		return dbkernel.Wrap("store sums of outcome", err)
	}
	if _, err := s.Scope.Exec(ctx, qDropFiles, id); err != nil {
		return dbkernel.Wrap("delete earlier diff", err)
	}
	for n, f := range files {
		_, err := s.Scope.Exec(ctx, qAddFile, id, n, f.Path, f.OldPath, f.Status, f.Additions, f.Deletions, dbkernel.Bit(f.Binary), f.Patch, f.Omitted)
		if err != nil {
			return dbkernel.Wrap("store file of diff", err)
		}
	}
	if patch == nil {
		patch = []byte{}
	}
	if _, err := s.Scope.Exec(ctx, qSetPatch, id, attempt, patch, dbkernel.Bit(truncated), dbkernel.Millis(now)); err != nil {
		return dbkernel.Wrap("store patch", err)
	}
	return s.logChange(ctx, id, "diff", 0, 0)
}

// Files reads the files of a session's diff, in the order in which SetDiff stored them.
func (s Scope) Files(ctx context.Context, id session.ID) ([]session.FileChange, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (f session.FileChange, err error) {
		err = r.Scan(&f.Path, &f.OldPath, &f.Status, &f.Additions, &f.Deletions, &f.Binary, &f.Patch, &f.Omitted)
		return f, err
	})(s.Scope.Query(ctx, qFiles, id))
}

// Patch reads the diff of an attempt, or with 0 of the last attempt that has one, as one text; text is empty and takenAt zero if there is
// none.
func (s Scope) Patch(ctx context.Context, id session.ID, attempt int) (text []byte, truncated bool, takenAt time.Time, err error) {
	_, _, err = dbkernel.Maybe(func(r dbkernel.Scanner) (struct{}, error) {
		return struct{}{}, r.Scan(&text, &truncated, dbkernel.TimeDest(&takenAt))
	})(s.Scope.Query(ctx, qPatch, id, attempt))
	return text, truncated, takenAt, dbkernel.Wrap("read patch", err)
}
