package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
)

// untaken selects sessions with work that nobody has taken: it has changes, and their patch is here.
const untaken = ` JOIN outcomes o ON o.tenant_id = s.tenant_id AND o.session_id = s.id AND o.attempt = s.attempt AND o.files_changed > 0
	AND o.pushed_at IS NULL AND o.merged_at IS NULL AND o.abandoned_at IS NULL
	AND EXISTS (SELECT 1 FROM session_patches p WHERE p.tenant_id = s.tenant_id AND p.session_id = s.id)`

var (
	qUnnoticed = area.CrossTenant(dbkernel.ReasonRetention, `SELECT s.tenant_id, s.id, coalesce(s.repository_id, ''), s.branch FROM sessions s`+untaken+`
		WHERE s.ended_at < $1 AND s.deleted_at IS NULL AND o.noticed_at IS NULL ORDER BY s.ended_at LIMIT $2`)
	qNoticedWork = area.CrossTenant(dbkernel.ReasonRetention, `SELECT s.tenant_id, s.id, coalesce(s.repository_id, ''), s.branch FROM sessions s`+untaken+`
		WHERE s.ended_at < $1 AND s.deleted_at IS NULL AND o.noticed_at <= $2 AND o.removed_at IS NULL ORDER BY s.ended_at LIMIT $3`)
	qRemovedWork = area.CrossTenant(dbkernel.ReasonRetention, `UPDATE main.outcomes SET removed_at = $3 WHERE tenant_id = $1 AND session_id = $2 AND removed_at IS NULL`)
	qKeptPatches = area.CrossTenant(dbkernel.ReasonRetention, `SELECT s.tenant_id, s.id, coalesce(s.repository_id, ''), s.branch FROM sessions s
		JOIN outcomes o ON o.tenant_id = s.tenant_id AND o.session_id = s.id AND o.attempt = s.attempt AND o.removed_at < $1
		WHERE s.deleted_at IS NULL AND EXISTS (SELECT 1 FROM session_patches p WHERE p.tenant_id = s.tenant_id AND p.session_id = s.id) LIMIT $2`)
	qDropPatches = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.session_patches WHERE tenant_id = $1 AND session_id = $2`)
	qDropSFiles  = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.session_files WHERE tenant_id = $1 AND session_id = $2`)
)

// UnnoticedWork lists sessions that ended before a time, whose work nobody has taken and whose removal was not announced.
func (s System) UnnoticedWork(ctx context.Context, endedBefore time.Time, limit int) ([]Purged, error) {
	return dbkernel.Collect(scanPurged)(s.System.Query(ctx, qUnnoticed, dbkernel.Millis(endedBefore), limit))
}

// NoticedWork lists sessions that ended before a time, whose work nobody has taken, and whose removal was announced by a time.
func (s System) NoticedWork(ctx context.Context, endedBefore, noticedBy time.Time, limit int) ([]Purged, error) {
	return dbkernel.Collect(scanPurged)(s.System.Query(ctx, qNoticedWork, dbkernel.Millis(endedBefore), dbkernel.Millis(noticedBy), limit))
}

// MarkWorkRemoved stores that the working tree of a session was removed. Its patch is kept.
func (s System) MarkWorkRemoved(ctx context.Context, r dbkernel.SessionRef, now time.Time) error {
	_, err := s.System.Exec(ctx, qRemovedWork, r.Tenant, r.ID, dbkernel.Millis(now))
	return dbkernel.Wrap("store a removed tree", err)
}

// KeptPatches lists sessions whose working tree was removed before a time, and whose patch is still here.
func (s System) KeptPatches(ctx context.Context, removedBefore time.Time, limit int) ([]Purged, error) {
	return dbkernel.Collect(scanPurged)(s.System.Query(ctx, qKeptPatches, dbkernel.Millis(removedBefore), limit))
}

// DropPatches deletes the changes of all attempts of a session.
func (s System) DropPatches(ctx context.Context, r dbkernel.SessionRef) error {
	for _, q := range []dbkernel.CrossTenantStmt{qDropPatches, qDropSFiles} {
		if _, err := s.System.Exec(ctx, q, r.Tenant, r.ID); err != nil {
			return dbkernel.Wrap("delete patches", err)
		}
	}
	return nil
}
