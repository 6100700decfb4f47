package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const (
	invitationColumns = `i.tenant_id, i.id, i.email, i.role, i.invited_by, i.invited_by_name, i.created_at, i.expires_at`
	invitationOpen    = `used_at IS NULL AND revoked_at IS NULL`
)

var (
	qAddInvitation = area.Scoped(`INSERT INTO main.invitations (tenant_id, id, email, email_folded, role, hash, invited_by, invited_by_name, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)
	qInvitations         = area.Scoped(`SELECT ` + invitationColumns + ` FROM invitations i WHERE i.tenant_id = $1 AND ` + invitationOpen + ` ORDER BY i.id DESC`)
	qRevokeInvitation    = area.Scoped(`UPDATE main.invitations SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND ` + invitationOpen + ` RETURNING email`)
	qReplaceInvitations  = area.Scoped(`UPDATE main.invitations SET revoked_at = $3 WHERE tenant_id = $1 AND email_folded = $2 AND ` + invitationOpen)
	qWithdrawInvitations = area.Scoped(`UPDATE main.invitations SET revoked_at = $3 WHERE tenant_id = $1 AND invited_by = $2 AND ` + invitationOpen)
)

// AddInvitation stores an invitation by the hash of its link, and revokes earlier ones for the same e-mail address.
func (s Scope) AddInvitation(ctx context.Context, v tenant.Invitation, hash string) error {
	folded := tenant.FoldEmail(v.Email)
	if _, err := s.Scope.Exec(ctx, qReplaceInvitations, folded, dbkernel.Millis(v.CreatedAt)); err != nil {
		return dbkernel.Wrap("replace invitation", err)
	}
	_, err := s.Scope.Exec(ctx, qAddInvitation, v.ID, v.Email, folded, v.Role, hash, v.By, v.ByName, dbkernel.Millis(v.CreatedAt), dbkernel.Millis(v.ExpiresAt))
	return dbkernel.Wrap("add invitation", err)
}

// Invitations lists the invitations that were neither used nor revoked, newest first, including those that have expired.
func (s Scope) Invitations(ctx context.Context) ([]tenant.Invitation, error) {
	return dbkernel.Collect(scanInvitation)(s.Scope.Query(ctx, qInvitations))
}

// RevokeInvitation revokes an open invitation and returns its e-mail address; Missing if there is none.
func (s Scope) RevokeInvitation(ctx context.Context, id string, now time.Time) (email string, err error) {
	return dbkernel.First("invitation", dbkernel.Value[string])(s.Scope.Query(ctx, qRevokeInvitation, id, dbkernel.Millis(now)))
}

// WithdrawInvitations revokes every open invitation by a person.
func (s Scope) WithdrawInvitations(ctx context.Context, by tenant.UserID, now time.Time) error {
	_, err := s.Scope.Exec(ctx, qWithdrawInvitations, by, dbkernel.Millis(now))
	return dbkernel.Wrap("withdraw invitations", err)
}

func invitationDest(v *tenant.Invitation) []any {
	return []any{&v.Tenant, &v.ID, &v.Email, &v.Role, &v.By, &v.ByName, dbkernel.TimeDest(&v.CreatedAt), dbkernel.TimeDest(&v.ExpiresAt)}
}

func scanInvitation(r dbkernel.Scanner) (v tenant.Invitation, err error) {
	err = r.Scan(invitationDest(&v)...)
	return v, err
}
