package repos

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qUnready = area.CrossTenant(dbkernel.ReasonRecovery, `SELECT tenant_id, id FROM repositories WHERE status = 'cloning' AND deleted_at IS NULL ORDER BY created_at, id`)
)

// RepositoryRef names a repository of a team.
type RepositoryRef struct {
	Tenant tenant.ID
	ID     repository.ID
}

// UnreadyRepositories lists the repositories that are not cloned yet, oldest first.
func (s System) UnreadyRepositories(ctx context.Context) ([]RepositoryRef, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (v RepositoryRef, err error) {
		err = r.Scan(&v.Tenant, &v.ID)
		return v, err
	})(s.System.Query(ctx, qUnready))
}
