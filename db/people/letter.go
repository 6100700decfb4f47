package people

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
)

var qAddLetter = area.Scoped(`INSERT INTO main.letters (tenant_id, id, kind, user_id, data, created_at, next_at) VALUES ($1, $2, $3, $4, $5, $6, $6)`)

// AddLetter queues an e-mail about the team; data is sealed.
func (s Scope) AddLetter(ctx context.Context, l letter.Letter, data string) error {
	_, err := s.Scope.Exec(ctx, qAddLetter, l.ID, l.Kind, l.User, data, dbkernel.Millis(l.CreatedAt))
	return dbkernel.Wrap("add letter", err)
}
