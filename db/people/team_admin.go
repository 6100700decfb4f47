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
	qInviteFirst  = area.CrossTenant("a new team has nobody who could invite its first lead", `INSERT INTO main.invitations
		(tenant_id, id, email, email_folded, role, hash, invited_by, invited_by_name, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)
)

// RenameTenant changes the name of a team that is not deleted; the slug stays.
func (s System) RenameTenant(ctx context.Context, t tenant.ID, name string) error {
	return s.System.ExecOne(ctx, "team", qRenameTenant, t, name)
}

// SetTenantActive activates or deactivates a team; Conflict if it is already in that state, or is deleted.
func (s System) SetTenantActive(ctx context.Context, t tenant.ID, active bool) error {
	n, err := s.System.Exec(ctx, qSetTenant, t, dbkernel.Bit(active))
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "This team is already %s, or it has been deleted.", map[bool]string{true: "active", false: "deactivated"}[active])
	}
	return dbkernel.Wrap("activate or deactivate team", err)
}

// DeleteTenant hides and deactivates a team until it is restored or purged; Missing if it is deleted already.
func (s System) DeleteTenant(ctx context.Context, t tenant.ID, now time.Time) error {
	return s.System.ExecOne(ctx, "team", qDeleteTenant, t, dbkernel.Millis(now))
}

// RestoreTenant restores a deleted team, which stays inactive; Missing if it is not deleted, or was purged.
func (s System) RestoreTenant(ctx context.Context, t tenant.ID) error {
	return s.System.ExecOne(ctx, "team", qRestore, t)
}

// AddFirstInvitation stores the invitation of a team's first lead, by the hash of its link.
func (s System) AddFirstInvitation(ctx context.Context, v tenant.Invitation, hash string) error {
	_, err := s.System.Exec(ctx, qInviteFirst, v.Tenant, v.ID, v.Email, tenant.FoldEmail(v.Email), v.Role, hash, v.By, v.ByName, dbkernel.Millis(v.CreatedAt), dbkernel.Millis(v.ExpiresAt))
	return dbkernel.Wrap("invite first lead", err)
}
