package repos

import (
	"context"
	"encoding/json"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qCacheSources = area.CrossTenant(dbkernel.ReasonWatch, `SELECT r.tenant_id, r.id, r.name, r.default_branch, r.check_commands, r.checks_in_shell, r.inspection,
		CASE WHEN r.status = 'ready' AND t.is_active = 1 AND t.deleted_at IS NULL AND (l.max_storage_bytes IS NULL OR l.max_storage_bytes >
			coalesce((SELECT st.clones + st.trees + st.homes + st.calls FROM storage st WHERE st.tenant_id = l.tenant_id), 0)) THEN 1 ELSE 0 END
		FROM repositories r JOIN tenants t ON t.id = r.tenant_id JOIN lanes l ON l.tenant_id = r.tenant_id WHERE r.deleted_at IS NULL ORDER BY r.tenant_id, r.id`)
)

// CacheSource is a repository as its tool caches need it: its default branch, its check commands and its last fetch.
type CacheSource struct {
	Tenant     tenant.ID
	Repository repository.Repository
	// Fills is true if the check commands can run: there are some, the clone is ready, and the team is active and below its storage limit.
	Fills bool
}

// CacheSources lists the repositories of all teams, without deleted ones.
func (s System) CacheSources(ctx context.Context) ([]CacheSource, error) {
	return dbkernel.Collect(scanCacheSource)(s.System.Query(ctx, qCacheSources))
}

func scanCacheSource(row dbkernel.Scanner) (c CacheSource, err error) {
	r := &c.Repository
	var commands, inspection string
	if err := row.Scan(&c.Tenant, &r.ID, &r.Name, &r.DefaultBranch, &commands, &r.ChecksInShell, &inspection, &c.Fills); err != nil {
		return c, err
	}
	if inspection != "" {
		if err := json.Unmarshal([]byte(inspection), &r.Inspection); err != nil {
			return c, dbkernel.Wrap("decode the inspection of repository "+string(r.ID), err)
		}
	}
	r.CheckCommands, err = dbkernel.ParseList(commands)
	c.Fills = c.Fills && len(r.CheckCommands) > 0
	return c, dbkernel.Wrap("check commands of repository "+string(r.ID), err)
}
