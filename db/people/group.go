package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const reasonGroups = "the groups of an identity provider change a person's teams at sign-in"

var (
	qMemberOrigin = area.CrossTenant(reasonGroups, `SELECT t.id, t.slug, m.role, m.origin FROM memberships m JOIN tenants t ON t.id = m.tenant_id WHERE m.user_id = $1 ORDER BY t.slug`)
	qJoinByGroup  = area.CrossTenant(reasonGroups, `INSERT INTO main.memberships (tenant_id, user_id, role, joined_at, origin) VALUES ($1, $2, $3, $4, 'groups')
		ON CONFLICT (tenant_id, user_id) DO NOTHING`)
	qRoleByGroup  = area.CrossTenant(reasonGroups, `UPDATE main.memberships SET role = $3 WHERE tenant_id = $1 AND user_id = $2 AND origin = 'groups'`)
	qLeaveByGroup = area.CrossTenant(reasonGroups, `DELETE FROM main.memberships WHERE tenant_id = $1 AND user_id = $2 AND origin = 'groups'`)
	qEndTokensIn  = area.CrossTenant(reasonGroups, `UPDATE main.api_tokens SET revoked_at = $3 WHERE tenant_id = $1 AND user_id = $2 AND revoked_at IS NULL`)
	qWithdrawIn   = area.CrossTenant(reasonGroups, `UPDATE main.invitations SET revoked_at = $3 WHERE tenant_id = $1 AND invited_by = $2 AND used_at IS NULL AND revoked_at IS NULL`)
	// The rows stay locked until the commit, as in LockLeads.
	qActiveLeads = area.CrossTenantLocked(reasonGroups, `SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id
		WHERE m.tenant_id = $1 AND m.role = 'lead' AND u.is_active = 1 ORDER BY m.user_id`, `FOR UPDATE OF m`)
	qActiveAdmins = area.CrossTenantLocked(reasonPeople, `SELECT u.id FROM users u WHERE u.is_admin = 1 AND u.is_active = 1 ORDER BY u.id`, `FOR UPDATE`)
	qPutAdmin     = area.CrossTenant(reasonPeople, `UPDATE main.users SET is_admin = $2 WHERE id = $1`)
)

// GroupMember is a person's membership in a team and its origin.
type GroupMember struct {
	Tenant tenant.ID
	Slug   string
	Role   tenant.Role
	// ByGroups is false for a membership that a person created; groups do not change it.
	ByGroups bool
}

// GroupMembers lists a person's memberships with their origin, by slug.
func (s System) GroupMembers(ctx context.Context, u tenant.UserID) ([]GroupMember, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (m GroupMember, err error) {
		var origin string
		err = r.Scan(&m.Tenant, &m.Slug, &m.Role, &origin)
		m.ByGroups = origin == "groups"
		return m, err
	})(s.System.Query(ctx, qMemberOrigin, u))
}

// JoinByGroup adds a person to a team; it does not change an existing membership.
func (s System) JoinByGroup(ctx context.Context, t tenant.ID, u tenant.UserID, role tenant.Role, now time.Time) error {
	_, err := s.System.Exec(ctx, qJoinByGroup, t, u, role, dbkernel.Millis(now))
	return dbkernel.Wrap("join by group", err)
}

// SetRoleByGroup changes the role of a membership that groups created. For a role other than lead, it revokes the person's open invitations.
func (s System) SetRoleByGroup(ctx context.Context, t tenant.ID, u tenant.UserID, role tenant.Role, now time.Time) error {
	if _, err := s.System.Exec(ctx, qRoleByGroup, t, u, role); err != nil {
		return dbkernel.Wrap("change role by group", err)
	}
	if role == tenant.Lead {
		return nil
	}
	_, err := s.System.Exec(ctx, qWithdrawIn, t, u, dbkernel.Millis(now))
	return dbkernel.Wrap("withdraw invitations", err)
}

// LeaveByGroup ends a membership that groups created, and revokes the person's API tokens and open invitations in the team.
func (s System) LeaveByGroup(ctx context.Context, t tenant.ID, u tenant.UserID, now time.Time) error {
	for _, q := range []dbkernel.CrossTenantStmt{qEndTokensIn, qWithdrawIn} {
		if _, err := s.System.Exec(ctx, q, t, u, dbkernel.Millis(now)); err != nil {
			return dbkernel.Wrap("revoke tokens and invitations of a member", err)
		}
	}
	_, err := s.System.Exec(ctx, qLeaveByGroup, t, u)
	return dbkernel.Wrap("leave by group", err)
}

// ActiveLeads lists the active leads of a team and locks their roles until the transaction ends.
func (s System) ActiveLeads(ctx context.Context, t tenant.ID) ([]tenant.UserID, error) {
	return dbkernel.Collect(dbkernel.Value[tenant.UserID])(s.System.Query(ctx, qActiveLeads, t))
}

// ActiveAdmins lists the active admins of the instance and locks them until the transaction ends.
func (s System) ActiveAdmins(ctx context.Context) ([]tenant.UserID, error) {
	return dbkernel.Collect(dbkernel.Value[tenant.UserID])(s.System.Query(ctx, qActiveAdmins))
}

// PutAdmin makes a person an admin of the instance or removes that right.
func (s System) PutAdmin(ctx context.Context, u tenant.UserID, admin bool) error {
	return s.System.ExecOne(ctx, "person", qPutAdmin, u, dbkernel.Bit(admin))
}
