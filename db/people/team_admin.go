package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qRenameTenant = area.CrossTenant(dbkernel.ReasonOperator, `UPDATE main.tenants SET name = $2 WHERE id = $1 AND deleted_at IS NULL`)
	qSetTenant    = area.CrossTenant(dbkernel.ReasonOperator, `UPDATE main.tenants SET is_active = $2 WHERE id = $1 AND deleted_at IS NULL AND is_active <> $2`)
	qDeleteTenant = area.CrossTenant(dbkernel.ReasonOperator, `UPDATE main.tenants SET deleted_at = $2, is_active = 0 WHERE id = $1 AND deleted_at IS NULL`)
	qRestore      = area.CrossTenant(dbkernel.ReasonOperator, `UPDATE main.tenants SET deleted_at = NULL WHERE id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL`)
	qInviteFirst  = area.CrossTenant("a new team's first lead is invited from outside of it", `INSERT INTO main.invitations
		(tenant_id, id, email, email_folded, role, hash, invited_by, invited_by_name, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)
)

// RenameTenant gives a team another name; its slug stays.
func (s System) RenameTenant(ctx context.Context, t tenant.ID, name string) error {
	return s.System.ExecOne(ctx, "team", qRenameTenant, t, name)
}

// SetTenantActive deactivates a team or makes it active again; Conflict when it is so already.
func (s System) SetTenantActive(ctx context.Context, t tenant.ID, active bool) error {
	n, err := s.System.Exec(ctx, qSetTenant, t, dbkernel.Bit(active))
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "This team is %s already, or it is deleted.", map[bool]string{true: "active", false: "deactivated"}[active])
	}
	return dbkernel.Wrap("set team", err)
}

// DeleteTenant makes a team unreachable and inactive until it is restored or purged.
func (s System) DeleteTenant(ctx context.Context, t tenant.ID, now time.Time) error {
	return s.System.ExecOne(ctx, "team", qDeleteTenant, t, dbkernel.Millis(now))
}

// RestoreTenant brings a deleted team back; it stays inactive.
func (s System) RestoreTenant(ctx context.Context, t tenant.ID) error {
	return s.System.ExecOne(ctx, "team", qRestore, t)
}

// InviteFirst stores the invitation of a team's first person.
func (s System) InviteFirst(ctx context.Context, v tenant.Invitation, hash string) error {
	_, err := s.System.Exec(ctx, qInviteFirst, v.Tenant, v.ID, v.Email, tenant.FoldEmail(v.Email), v.Role, hash, v.By, v.ByName, dbkernel.Millis(v.CreatedAt), dbkernel.Millis(v.ExpiresAt))
	return dbkernel.Wrap("invite first lead", err)
}
