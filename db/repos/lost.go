package repos

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
)

var qReady = area.CrossTenant(dbkernel.ReasonRecovery, `SELECT tenant_id, id FROM repositories WHERE status = 'ready' AND deleted_at IS NULL ORDER BY tenant_id, id`)

// ReadyRepositories lists the repositories of all teams whose clones should be in the data directory.
func (s System) ReadyRepositories(ctx context.Context) ([]RepositoryRef, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (v RepositoryRef, err error) {
		err = r.Scan(&v.Tenant, &v.ID)
		return v, err
	})(s.System.Query(ctx, qReady))
}
