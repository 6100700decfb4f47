package repos

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
)

var (
	qEraseAccepter = area.CrossTenant(dbkernel.ReasonErasure, `UPDATE main.repository_host_keys SET accepted_by_name = $2 WHERE accepted_by_name = $1`)
)

func eraseAccepter(ctx context.Context, s *dbkernel.System, e dbkernel.Erased) error {
	_, err := s.Exec(ctx, qEraseAccepter, e.Was.Name, e.As.Name)
	return dbkernel.Wrap("erase a name in host keys", err)
}
