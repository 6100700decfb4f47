package db

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

// A secret is for the one address it was given for, so that both change in one statement.
var (
	qMoveProvider   = reg(`UPDATE main.providers SET base_url = $3, api_key = $4 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qMoveRepository = reg(`UPDATE main.repositories SET url = $3, credential = $4, status = 'cloning', progress = ''
		WHERE tenant_id = $1 AND id = $2 AND path = '' AND deleted_at IS NULL`)
)

// MoveProvider changes where a provider is asked, and puts sealed, which may be empty, in the place of its key.
func (s *Scope) MoveProvider(ctx context.Context, id provider.ID, baseURL, sealed string) error {
	return s.must(ctx, "model provider", qMoveProvider, id, baseURL, sealed)
}

// MoveRepository changes where a repository is cloned from, puts sealed, which may be empty, in the place of its credential, and
// has it cloned from there; one with a local path is Missing.
func (s *Scope) MoveRepository(ctx context.Context, id repository.ID, url, sealed string) error {
	return s.must(ctx, "repository", qMoveRepository, id, url, sealed)
}
