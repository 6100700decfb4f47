package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var qStrayEntries = area.CrossTenant(dbkernel.ReasonWatch, `SELECT e.tenant_id, e.id, s.deleted_at IS NOT NULL FROM merge_entries e
	JOIN sessions s ON s.tenant_id = e.tenant_id AND s.id = e.session_id JOIN repositories r ON r.tenant_id = e.tenant_id AND r.id = e.repository_id
	WHERE e.ended_at IS NULL AND (s.deleted_at IS NOT NULL OR r.deleted_at IS NOT NULL) ORDER BY e.added_at LIMIT 1000`)

// StrayEntry is an entry in a merge queue whose session, or else whose repository, is deleted.
type StrayEntry struct {
	Tenant         tenant.ID
	ID             merge.ID
	SessionDeleted bool
}

// StrayMergeEntries lists entries in merge queues that nothing can be merged for any more, at most 1000.
func (s System) StrayMergeEntries(ctx context.Context) ([]StrayEntry, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (v StrayEntry, err error) {
		err = r.Scan(&v.Tenant, &v.ID, &v.SessionDeleted)
		return v, err
	})(s.System.Query(ctx, qStrayEntries))
}
