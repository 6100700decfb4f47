package repos

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
)

var (
	qEraseKeeper = area.CrossTenant(dbkernel.ReasonErasure, `UPDATE main.repository_host_keys SET accepted_by_name = $2 WHERE accepted_by_name = $1`)
)

func eraseKeeper(ctx context.Context, s *dbkernel.System, e dbkernel.Erased) error {
	_, err := s.Exec(ctx, qEraseKeeper, e.Was.Name, e.As.Name)
	return dbkernel.Wrap("erase who accepted a host key", err)
}
