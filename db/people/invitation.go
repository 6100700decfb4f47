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

const reasonInvited = "a person who opens an invitation is in no team yet"

var (
	qInvitationByHash = area.CrossTenant(reasonInvited, `SELECT `+invitationColumns+`, `+TenantColumns+` FROM invitations i
		JOIN tenants t ON t.id = i.tenant_id JOIN lanes l ON l.tenant_id = t.id
		WHERE i.hash = $1 AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2 AND t.deleted_at IS NULL`)
	qUseInvitation = area.CrossTenant(reasonInvited, `UPDATE main.invitations SET used_at = $2, used_by = $3
		WHERE hash = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2`)
	qJoin = area.CrossTenant(reasonInvited, `INSERT INTO main.memberships (tenant_id, user_id, role, joined_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant_id, user_id) DO NOTHING`)
	qWithdrawAll    = area.CrossTenant("a deactivated person loses the invitations in every team", `UPDATE main.invitations SET revoked_at = $2 WHERE invited_by = $1 AND used_at IS NULL AND revoked_at IS NULL`)
	qOldInvitations = area.CrossTenant(reasonExpiry, `DELETE FROM main.invitations WHERE expires_at <= $1`)
)

type openInvitation struct {
	invitation tenant.Invitation
	team       tenant.Tenant
}

// InvitationByHash reads a valid invitation with its team; Missing if it is unknown, used, revoked or expired, or the team is deleted.
func (s System) InvitationByHash(ctx context.Context, hash string, now time.Time) (tenant.Invitation, tenant.Tenant, error) {
	o, err := dbkernel.First("invitation", func(r dbkernel.Scanner) (o openInvitation, err error) {
		err = r.Scan(append(invitationDest(&o.invitation), TenantDest(&o.team)...)...)
		return o, err
	})(s.System.Query(ctx, qInvitationByHash, hash, dbkernel.Millis(now)))
	return o.invitation, o.team, err
}

// UseInvitation marks an invitation as used. ok is false if it is no longer valid.
func (s System) UseInvitation(ctx context.Context, hash string, by tenant.UserID, now time.Time) (ok bool, err error) {
	n, err := s.System.Exec(ctx, qUseInvitation, hash, dbkernel.Millis(now), by)
	return n == 1, dbkernel.Wrap("use invitation", err)
}

// AddMember adds a person to a team. joined is false, and nothing changes, if the person is a member.
func (s System) AddMember(ctx context.Context, t tenant.ID, u tenant.UserID, role tenant.Role, now time.Time) (joined bool, err error) {
	n, err := s.System.Exec(ctx, qJoin, t, u, role, dbkernel.Millis(now))
	return n == 1, dbkernel.Wrap("join team", err)
}

// WithdrawInvitations revokes every open invitation by a person, in all teams.
func (s System) WithdrawInvitations(ctx context.Context, by tenant.UserID, now time.Time) error {
	_, err := s.System.Exec(ctx, qWithdrawAll, by, dbkernel.Millis(now))
	return dbkernel.Wrap("withdraw invitations", err)
}

// DropInvitations deletes the invitations that expired before a time.
func (s System) DropInvitations(ctx context.Context, before time.Time) error {
	_, err := s.System.Exec(ctx, qOldInvitations, dbkernel.Millis(before))
	return dbkernel.Wrap("drop invitations", err)
}
