package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const reasonInvited = "who opens an invitation is in no team yet"

var (
	qInvitationByHash = area.CrossTenant(reasonInvited, `SELECT `+invitationColumns+`, `+TenantColumns+` FROM invitations i
		JOIN tenants t ON t.id = i.tenant_id JOIN lanes l ON l.tenant_id = t.id
		WHERE i.hash = $1 AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2 AND t.deleted_at IS NULL`)
	qUseInvitation = area.CrossTenant(reasonInvited, `UPDATE main.invitations SET used_at = $2, used_by = $3
		WHERE hash = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2`)
	qJoin = area.CrossTenant(reasonInvited, `INSERT INTO main.memberships (tenant_id, user_id, role, joined_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant_id, user_id) DO NOTHING`)
	qWithdrawAll    = area.CrossTenant("a person who is deactivated invites to no team any more", `UPDATE main.invitations SET revoked_at = $2 WHERE invited_by = $1 AND used_at IS NULL AND revoked_at IS NULL`)
	qOldInvitations = area.CrossTenant("what has expired is swept at once for everybody", `DELETE FROM main.invitations WHERE expires_at <= $1`)
)

type openInvitation struct {
	invitation tenant.Invitation
	team       tenant.Tenant
}

// InvitationByHash reads an invitation that works now, with its team; Missing when there is none, whatever the reason.
func (s System) InvitationByHash(ctx context.Context, hash string, now time.Time) (tenant.Invitation, tenant.Tenant, error) {
	o, err := dbkernel.First("invitation", func(r dbkernel.Scanner) (o openInvitation, err error) {
		err = r.Scan(append(invitationDest(&o.invitation), TenantDest(&o.team)...)...)
		return o, err
	})(s.System.Query(ctx, qInvitationByHash, hash, dbkernel.Millis(now)))
	return o.invitation, o.team, err
}

// UseInvitation uses an invitation up; ok is false when somebody was first, or it does not work any more.
func (s System) UseInvitation(ctx context.Context, hash string, by tenant.UserID, now time.Time) (ok bool, err error) {
	n, err := s.System.Exec(ctx, qUseInvitation, hash, dbkernel.Millis(now), by)
	return n == 1, dbkernel.Wrap("use invitation", err)
}

// Join puts a person into a team; joined is false, and nothing changes, for who is in it already.
func (s System) Join(ctx context.Context, t tenant.ID, u tenant.UserID, role tenant.Role, now time.Time) (joined bool, err error) {
	n, err := s.System.Exec(ctx, qJoin, t, u, role, dbkernel.Millis(now))
	return n == 1, dbkernel.Wrap("join team", err)
}

// WithdrawInvitations ends every open invitation that a person made, in every team.
func (s System) WithdrawInvitations(ctx context.Context, by tenant.UserID, now time.Time) error {
	_, err := s.System.Exec(ctx, qWithdrawAll, by, dbkernel.Millis(now))
	return dbkernel.Wrap("withdraw invitations", err)
}

// DropInvitations forgets the invitations that expired before a time.
func (s System) DropInvitations(ctx context.Context, before time.Time) error {
	_, err := s.System.Exec(ctx, qOldInvitations, dbkernel.Millis(before))
	return dbkernel.Wrap("drop invitations", err)
}
