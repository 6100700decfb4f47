package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qRenameTenant = across(operator, `UPDATE main.tenants SET name = $2 WHERE id = $1 AND deleted_at IS NULL`)
	qSetTenant    = across(operator, `UPDATE main.tenants SET is_active = $2 WHERE id = $1 AND deleted_at IS NULL AND is_active <> $2`)
	qDeleteTenant = across(operator, `UPDATE main.tenants SET deleted_at = $2, is_active = 0 WHERE id = $1 AND deleted_at IS NULL`)
	qRestore      = across(operator, `UPDATE main.tenants SET deleted_at = NULL WHERE id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL`)
	qInviteFirst  = across("a new team's first lead is invited from outside of it", `INSERT INTO main.invitations
		(tenant_id, id, email, email_folded, role, hash, invited_by, invited_by_name, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)
	qRunsInactive = across("what runs in a deactivated team is paused, whoever deactivated it", `SELECT s.tenant_id, s.id FROM sessions s
		JOIN tenants t ON t.id = s.tenant_id WHERE t.is_active = 0 AND s.status IN ('running', 'degraded') ORDER BY s.tenant_id, s.id LIMIT $1`)
)

// RenameTenant gives a team another name; its slug stays.
func (s *System) RenameTenant(ctx context.Context, t tenant.ID, name string) error {
	return s.must(ctx, "team", qRenameTenant, t, name)
}

// SetTenantActive deactivates a team or makes it active again; Conflict when it is so already.
func (s *System) SetTenantActive(ctx context.Context, t tenant.ID, active bool) error {
	n, err := s.exec(ctx, qSetTenant, t, bit(active))
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "This team is %s already, or it is deleted.", map[bool]string{true: "active", false: "deactivated"}[active])
	}
	return wrap("set team", err)
}

// DeleteTenant makes a team unreachable and inactive until it is restored or purged.
func (s *System) DeleteTenant(ctx context.Context, t tenant.ID, now time.Time) error {
	return s.must(ctx, "team", qDeleteTenant, t, ms(now))
}

// RestoreTenant brings a deleted team back; it stays inactive.
func (s *System) RestoreTenant(ctx context.Context, t tenant.ID) error {
	return s.must(ctx, "team", qRestore, t)
}

// InviteFirst stores the invitation of a team's first person.
func (s *System) InviteFirst(ctx context.Context, v tenant.Invitation, hash string) error {
	_, err := s.exec(ctx, qInviteFirst, v.Tenant, v.ID, v.Email, tenant.FoldEmail(v.Email), v.Role, hash, v.By, v.ByName, ms(v.CreatedAt), ms(v.ExpiresAt))
	return wrap("invite first lead", err)
}

// RunsInactive lists sessions that run in a team that is deactivated.
func (s *System) RunsInactive(ctx context.Context, limit int) ([]SessionRef, error) {
	return collect(func(r scanner) (x SessionRef, err error) {
		err = r.Scan(&x.Tenant, &x.ID)
		return x, err
	})(s.query(ctx, qRunsInactive, limit))
}
