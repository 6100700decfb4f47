package models

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
)

// An API key belongs to the URL that it was entered for, so both change in one statement.
var (
	qMoveProvider = area.Scoped(`UPDATE main.providers SET base_url = $3, api_key = $4 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
)

// MoveProvider changes the URL of a provider and replaces its key with sealed, which may be empty; Missing if it is deleted.
func (s Scope) MoveProvider(ctx context.Context, id provider.ID, baseURL, sealed string) error {
	return s.Scope.ExecOne(ctx, "model provider", qMoveProvider, id, baseURL, sealed)
}
