package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	// The rows stay locked until the commit: if two leads leave at once, the second finds that the first has left.
	qLockLeads = area.ScopedLocked(`SELECT user_id FROM memberships WHERE tenant_id = $1 AND role = 'lead' ORDER BY user_id`, `FOR UPDATE`)
	qRole      = area.Scoped(`SELECT role FROM memberships WHERE tenant_id = $1 AND user_id = $2`)
	qPutRole   = area.Scoped(`INSERT INTO main.memberships (tenant_id, user_id, role, joined_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant_id, user_id) DO UPDATE SET role = excluded.role`)
	qSetRole      = area.Scoped(`UPDATE main.memberships SET role = $3 WHERE tenant_id = $1 AND user_id = $2`)
	qRemoveMember = area.Scoped(`DELETE FROM main.memberships WHERE tenant_id = $1 AND user_id = $2`)
)

// LockLeads lists the leads of the team and locks their roles until the transaction ends.
func (s Scope) LockLeads(ctx context.Context) ([]tenant.UserID, error) {
	return dbkernel.Collect(dbkernel.Value[tenant.UserID])(s.Scope.Query(ctx, qLockLeads))
}

// Role reads a person's role in the team; Missing if the person is no member.
func (s Scope) Role(ctx context.Context, u tenant.UserID) (tenant.Role, error) {
	return dbkernel.First("person", dbkernel.Value[tenant.Role])(s.Scope.Query(ctx, qRole, u))
}

// PutRole adds a person to the team with a role, or changes the role of a member, who keeps the day of joining.
func (s Scope) PutRole(ctx context.Context, u tenant.UserID, role tenant.Role, now time.Time) error {
	_, err := s.Scope.Exec(ctx, qPutRole, u, role, dbkernel.Millis(now))
	return dbkernel.Wrap("put role", err)
}

// SetRole changes the role of a member; Missing if the person is no member.
func (s Scope) SetRole(ctx context.Context, u tenant.UserID, role tenant.Role) error {
	return s.Scope.ExecOne(ctx, "person", qSetRole, u, role)
}

// RemoveMember removes a person from the team; Missing if the person is no member.
func (s Scope) RemoveMember(ctx context.Context, u tenant.UserID) error {
	return s.Scope.ExecOne(ctx, "person", qRemoveMember, u)
}
