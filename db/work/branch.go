package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

var qBranches = area.Scoped(`SELECT branch FROM sessions WHERE tenant_id = $1 AND repository_id = $2 AND branch <> '' AND deleted_at IS NULL ORDER BY id`)

// Branches lists the branches of a repository's sessions, whether they have commits yet or not.
func (s Scope) Branches(ctx context.Context, id repository.ID) ([]string, error) {
	return dbkernel.Collect(dbkernel.Value[string])(s.Scope.Query(ctx, qBranches, id))
}
