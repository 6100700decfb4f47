package kernel

import (
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// SessionRef names a session of a team.
type SessionRef struct {
	Tenant tenant.ID
	ID     session.ID
}

// ScanRef reads a SessionRef from the columns tenant_id and id.
func ScanRef(r Scanner) (v SessionRef, err error) {
	err = r.Scan(&v.Tenant, &v.ID)
	return v, err
}
