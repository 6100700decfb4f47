package repos

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

var (
	qMoveRepository = area.Scoped(`UPDATE main.repositories SET url = $3, credential = $4, status = 'cloning', progress = ''
		WHERE tenant_id = $1 AND id = $2 AND path = '' AND deleted_at IS NULL`)
)

// MoveRepository changes where a repository is cloned from, puts sealed, which may be empty, in the place of its credential, and
// has it cloned from there; one with a local path is Missing.
func (s Scope) MoveRepository(ctx context.Context, id repository.ID, url, sealed string) error {
	return s.Scope.ExecOne(ctx, "repository", qMoveRepository, id, url, sealed)
}
