package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

var (
	qSumFiles  = reg(`UPDATE main.sessions SET files_changed = $3, additions = $4, deletions = $5, version = version + 1 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qDropFiles = reg(`DELETE FROM main.session_files WHERE tenant_id = $1 AND session_id = $2`)
	qAddFile   = reg(`INSERT INTO main.session_files (tenant_id, session_id, n, path, old_path, status, additions, deletions, is_binary, patch)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)
	qFiles    = reg(`SELECT path, old_path, status, additions, deletions, is_binary, patch FROM session_files WHERE tenant_id = $1 AND session_id = $2 ORDER BY n`)
	qSetPatch = reg(`INSERT INTO main.session_patches (tenant_id, session_id, patch, truncated, taken_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, session_id) DO UPDATE SET patch = excluded.patch, truncated = excluded.truncated, taken_at = excluded.taken_at`)
	qPatch = reg(`SELECT patch, truncated, taken_at FROM session_patches WHERE tenant_id = $1 AND session_id = $2`)
)

// SetDiff stores a session's diff in place of the earlier one, and its sums on the session's row.
func (s *Scope) SetDiff(ctx context.Context, id session.ID, files []session.FileChange, patch []byte, truncated bool, now time.Time) error {
	added, deleted := 0, 0
	for _, f := range files {
		added, deleted = added+f.Additions, deleted+f.Deletions
	}
	if err := s.must(ctx, "session", qSumFiles, id, len(files), added, deleted); err != nil {
		return wrap("sum diff", err)
	}
	if _, err := s.exec(ctx, qDropFiles, id); err != nil {
		return wrap("drop diff", err)
	}
	for n, f := range files {
		_, err := s.exec(ctx, qAddFile, id, n, f.Path, f.OldPath, f.Status, f.Additions, f.Deletions, bit(f.Binary), f.Patch)
		if err != nil {
			return wrap("store file of diff", err)
		}
	}
	if patch == nil {
		patch = []byte{}
	}
	if _, err := s.exec(ctx, qSetPatch, id, patch, bit(truncated), ms(now)); err != nil {
		return wrap("store patch", err)
	}
	return s.change(ctx, id, "diff", 0, 0)
}

// Files reads the files of a session's diff, in the order they were stored.
func (s *Scope) Files(ctx context.Context, id session.ID) ([]session.FileChange, error) {
	return collect(func(r scanner) (f session.FileChange, err error) {
		err = r.Scan(&f.Path, &f.OldPath, &f.Status, &f.Additions, &f.Deletions, &f.Binary, &f.Patch)
		return f, err
	})(s.query(ctx, qFiles, id))
}

// Patch reads a session's diff as one text; it is empty, taken at no time, when there is none yet.
func (s *Scope) Patch(ctx context.Context, id session.ID) (text []byte, truncated bool, takenAt time.Time, err error) {
	_, _, err = maybe(func(r scanner) (struct{}, error) {
		return struct{}{}, r.Scan(&text, &truncated, stamp(&takenAt))
	})(s.query(ctx, qPatch, id))
	return text, truncated, takenAt, wrap("read patch", err)
}
