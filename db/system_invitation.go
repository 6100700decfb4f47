package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const invited = "who opens an invitation is in no team yet"

var (
	qInvitationByHash = across(invited, `SELECT `+invitationColumns+`, `+tenantColumns+` FROM invitations i
		JOIN tenants t ON t.id = i.tenant_id JOIN lanes l ON l.tenant_id = t.id
		WHERE i.hash = $1 AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2 AND t.deleted_at IS NULL`)
	qUseInvitation = across(invited, `UPDATE main.invitations SET used_at = $2, used_by = $3
		WHERE hash = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2`)
	qJoin = across(invited, `INSERT INTO main.memberships (tenant_id, user_id, role, joined_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant_id, user_id) DO NOTHING`)
	qWithdrawAll    = across("a person who is deactivated invites to no team any more", `UPDATE main.invitations SET revoked_at = $2 WHERE invited_by = $1 AND used_at IS NULL AND revoked_at IS NULL`)
	qOldInvitations = across("what has expired is swept at once for everybody", `DELETE FROM main.invitations WHERE expires_at <= $1`)
)

type openInvitation struct {
	invitation tenant.Invitation
	team       tenant.Tenant
}

// InvitationByHash reads an invitation that works now, with its team; Missing when there is none, whatever the reason.
func (s *System) InvitationByHash(ctx context.Context, hash string, now time.Time) (tenant.Invitation, tenant.Tenant, error) {
	o, err := first("invitation", func(r scanner) (o openInvitation, err error) {
		err = r.Scan(append(invitationDest(&o.invitation), tenantDest(&o.team)...)...)
		return o, err
	})(s.query(ctx, qInvitationByHash, hash, ms(now)))
	return o.invitation, o.team, err
}

// UseInvitation uses an invitation up; ok is false when somebody was first, or it does not work any more.
func (s *System) UseInvitation(ctx context.Context, hash string, by tenant.UserID, now time.Time) (ok bool, err error) {
	n, err := s.exec(ctx, qUseInvitation, hash, ms(now), by)
	return n == 1, wrap("use invitation", err)
}

// Join puts a person into a team; joined is false, and nothing changes, for who is in it already.
func (s *System) Join(ctx context.Context, t tenant.ID, u tenant.UserID, role tenant.Role, now time.Time) (joined bool, err error) {
	n, err := s.exec(ctx, qJoin, t, u, role, ms(now))
	return n == 1, wrap("join team", err)
}

// WithdrawInvitations ends every open invitation that a person made, in every team.
func (s *System) WithdrawInvitations(ctx context.Context, by tenant.UserID, now time.Time) error {
	_, err := s.exec(ctx, qWithdrawAll, by, ms(now))
	return wrap("withdraw invitations", err)
}

// DropInvitations forgets the invitations that expired before a time.
func (s *System) DropInvitations(ctx context.Context, before time.Time) error {
	_, err := s.exec(ctx, qOldInvitations, ms(before))
	return wrap("drop invitations", err)
}
