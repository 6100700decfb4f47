package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// ofSession lists the tables of a session's transcript.
var ofSession = []string{"events", "session_parts", "session_cursors", "session_messages", "session_files", "session_patches", "session_gaps", "session_checks", "session_loops", "asks",
	"checkpoints", "session_restores", "session_rewinds"}

var qForgetMerges = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.merge_entries WHERE tenant_id = $1 AND session_id = $2`)

var (
	qOldCalls = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.model_calls WHERE (tenant_id, id) IN
		(SELECT tenant_id, id FROM model_calls WHERE started_at < $1 ORDER BY started_at LIMIT $2)`)
	qOldBlobs = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.model_blobs WHERE (tenant_id, address) IN
		(SELECT tenant_id, address FROM model_blobs WHERE created_at < $1 ORDER BY created_at LIMIT $2)`)
	qOldChanges = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.tenant_changes WHERE (tenant_id, n) IN
		(SELECT c.tenant_id, c.n FROM lanes l JOIN tenant_changes c ON c.tenant_id = l.tenant_id AND c.n <= l.change_n - $1 LIMIT $2)`)
	qDeletedSessions = area.CrossTenant(dbkernel.ReasonRetention, `SELECT tenant_id, id, coalesce(repository_id, ''), branch FROM sessions WHERE deleted_at < $1 ORDER BY deleted_at LIMIT $2`)
	qOldTranscripts  = area.CrossTenant(dbkernel.ReasonRetention, `SELECT s.tenant_id, s.id, coalesce(s.repository_id, ''), s.branch FROM sessions s WHERE s.ended_at < $1 AND s.deleted_at IS NULL
		AND EXISTS (SELECT 1 FROM events e WHERE e.tenant_id = s.tenant_id AND e.session_id = s.id) ORDER BY s.ended_at LIMIT $2`)
	// Work that nobody has taken: its tree and its patch are kept longer than the conversation.
	qIsUntaken   = area.CrossTenant(dbkernel.ReasonRetention, `SELECT 1 FROM sessions s`+untaken+` WHERE s.tenant_id = $1 AND s.id = $2`)
	qForgetOf    = ofEverySession(`DELETE FROM main.`, ` WHERE tenant_id = $1 AND session_id = $2`)
	qForgetCalls = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.model_calls WHERE tenant_id = $1 AND session_id = $2`)
	qForgetTerms = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.session_terms WHERE tenant_id = $1 AND session_id = $2`)
	qForgetAgent = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.agent_usage WHERE tenant_id = $1 AND session_id = $2`)
	qForgetProcs = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.agent_processes WHERE tenant_id = $1 AND session_id = $2`)
	qForgetKeys  = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.gateway_keys WHERE tenant_id = $1 AND session_id = $2`)
	qForgetGrant = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.grants WHERE tenant_id = $1 AND session_id = $2`)
	qForgetCame  = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.outcomes WHERE tenant_id = $1 AND session_id = $2`)
	qForgetSaid  = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.session_feedback WHERE tenant_id = $1 AND session_id = $2`)
	qForgetPulls = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.pull_requests WHERE tenant_id = $1 AND session_id = $2`)
	qOrphanKids  = area.CrossTenant(dbkernel.ReasonRetention, `UPDATE main.sessions SET parent_id = NULL WHERE tenant_id = $1 AND parent_id = $2`)
	qForget      = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.sessions WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NOT NULL`)
)

func ofEverySession(before, after string) (qs []dbkernel.CrossTenantStmt) {
	for _, table := range ofSession {
		qs = append(qs, area.CrossTenant(dbkernel.ReasonRetention, before+table+after))
	}
	return qs
}

// Purged is a session to purge, with the repository that its tree belongs to and its branch there.
type Purged struct {
	dbkernel.SessionRef
	Repository repository.ID
	Branch     string
}

// DeleteOldRows deletes at most limit each of the model calls and bodies from before a time, and of the changes that are not among the newest
// keep of their team. It returns the largest of the three numbers; if it is less than limit, nothing is left to delete.
func (s System) DeleteOldRows(ctx context.Context, before time.Time, keep int64, limit int) (n int64, err error) {
	for _, q := range []struct {
		statement dbkernel.CrossTenantStmt
		bound     int64
	}{{qOldCalls, dbkernel.Millis(before)}, {qOldBlobs, dbkernel.Millis(before)}, {qOldChanges, keep}} {
		dropped, err := s.System.Exec(ctx, q.statement, q.bound, limit)
		if err != nil {
			return n, dbkernel.Wrap("delete old rows", err)
		}
		n = max(n, dropped)
	}
	return n, nil
}

// DeletedSessions lists sessions that were deleted before a time, the longest deleted first.
func (s System) DeletedSessions(ctx context.Context, before time.Time, limit int) ([]Purged, error) {
	return dbkernel.Collect(scanPurged)(s.System.Query(ctx, qDeletedSessions, dbkernel.Millis(before), limit))
}

// OldTranscripts lists sessions that ended before a time and still have a transcript.
func (s System) OldTranscripts(ctx context.Context, endedBefore time.Time, limit int) ([]Purged, error) {
	return dbkernel.Collect(scanPurged)(s.System.Query(ctx, qOldTranscripts, dbkernel.Millis(endedBefore), limit))
}

func scanPurged(r dbkernel.Scanner) (p Purged, err error) {
	err = r.Scan(&p.Tenant, &p.ID, &p.Repository, &p.Branch)
	return p, err
}

// IsUntaken reports whether a session has work that nobody has taken.
func (s System) IsUntaken(ctx context.Context, r dbkernel.SessionRef) (bool, error) {
	_, untaken, err := dbkernel.Maybe(dbkernel.Value[int64])(s.System.Query(ctx, qIsUntaken, r.Tenant, r.ID))
	return untaken, dbkernel.Wrap("read whether work was taken", err)
}

// DropConversation is DropTranscript without the changes.
func (s System) DropConversation(ctx context.Context, r dbkernel.SessionRef) error {
	for i, q := range qForgetOf {
		if ofSession[i] == "session_files" || ofSession[i] == "session_patches" {
			continue
		}
		if _, err := s.System.Exec(ctx, q, r.Tenant, r.ID); err != nil {
			return dbkernel.Wrap("delete conversation", err)
		}
	}
	return dbmodels.Across(s.System).DropReservations(ctx, r)
}

// DropTranscript deletes a session's conversation, changes and checks. It keeps the session's row, its outcomes and its usage.
func (s System) DropTranscript(ctx context.Context, r dbkernel.SessionRef) error {
	for _, q := range qForgetOf {
		if _, err := s.System.Exec(ctx, q, r.Tenant, r.ID); err != nil {
			return dbkernel.Wrap("delete transcript", err)
		}
	}
	return dbmodels.Across(s.System).DropReservations(ctx, r)
}

// PurgeSession deletes every row of a deleted session. It keeps the sums of usage and the audit log.
func (s System) PurgeSession(ctx context.Context, r dbkernel.SessionRef) error {
	if err := s.DropTranscript(ctx, r); err != nil {
		return err
	}
	for _, q := range []dbkernel.CrossTenantStmt{qForgetMerges, qForgetCalls, qForgetTerms, qForgetAgent, qForgetProcs, qForgetKeys, qForgetGrant, qForgetCame, qForgetSaid, qForgetPulls, qOrphanKids, qForget} {
		if _, err := s.System.Exec(ctx, q, r.Tenant, r.ID); err != nil {
			return dbkernel.Wrap("purge a session", err)
		}
	}
	return nil
}

// Session is the session with what a workspace needs to find its tree and its branch.
func (p Purged) Session() session.Session {
	return session.Session{ID: p.ID, Tenant: p.Tenant, RepositoryID: p.Repository, Branch: p.Branch}
}
