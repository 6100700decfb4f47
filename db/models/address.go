package models

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
)

// A secret is for the one address it was given for, so that both change in one statement.
var (
	qMoveProvider = area.Scoped(`UPDATE main.providers SET base_url = $3, api_key = $4 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
)

// MoveProvider changes where a provider is asked, and puts sealed, which may be empty, in the place of its key.
func (s Scope) MoveProvider(ctx context.Context, id provider.ID, baseURL, sealed string) error {
	return s.Scope.ExecOne(ctx, "model provider", qMoveProvider, id, baseURL, sealed)
}
