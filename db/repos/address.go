package repos

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

var (
	qMoveRepository = area.Scoped(`UPDATE main.repositories SET url = $3, credential = $4, status = 'cloning', progress = ''
		WHERE tenant_id = $1 AND id = $2 AND path = '' AND deleted_at IS NULL`)
)

// MoveRepository changes the clone URL of a repository, replaces its credential with sealed, which may be empty, and has it cloned
// again; Missing for one with a local path.
func (s Scope) MoveRepository(ctx context.Context, id repository.ID, url, sealed string) error {
	return s.Scope.ExecOne(ctx, "repository", qMoveRepository, id, url, sealed)
}
