package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	// The rows stay locked until the commit: of two leads who leave at once the second finds the first gone.
	qLockLeads = regLocked(`SELECT user_id FROM memberships WHERE tenant_id = $1 AND role = 'lead' ORDER BY user_id`, `FOR UPDATE`)
	qRole      = reg(`SELECT role FROM memberships WHERE tenant_id = $1 AND user_id = $2`)
	qPutRole   = reg(`INSERT INTO main.memberships (tenant_id, user_id, role, joined_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant_id, user_id) DO UPDATE SET role = excluded.role`)
	qSetRole      = reg(`UPDATE main.memberships SET role = $3 WHERE tenant_id = $1 AND user_id = $2`)
	qRemoveMember = reg(`DELETE FROM main.memberships WHERE tenant_id = $1 AND user_id = $2`)
	qTeamTokens   = reg(`SELECT ` + tokenColumns + ` FROM api_tokens k WHERE k.tenant_id = $1 AND k.revoked_at IS NULL ORDER BY k.id DESC`)
	qEndToken     = reg(`UPDATE main.api_tokens SET revoked_at = coalesce(revoked_at, $3) WHERE tenant_id = $1 AND id = $2 RETURNING user_id`)
	qEndTokens    = reg(`UPDATE main.api_tokens SET revoked_at = $3 WHERE tenant_id = $1 AND user_id = $2 AND revoked_at IS NULL`)
)

// LockLeads names the leads of the team and keeps their roles as they are until the transaction ends.
func (s *Scope) LockLeads(ctx context.Context) ([]tenant.UserID, error) {
	return collect(value[tenant.UserID])(s.query(ctx, qLockLeads))
}

// Role reads a person's role in the team; Missing when the person is not in it.
func (s *Scope) Role(ctx context.Context, u tenant.UserID) (tenant.Role, error) {
	return first("person", value[tenant.Role])(s.query(ctx, qRole, u))
}

// PutRole gives a person a role, whether or not the person is in the team; who is keeps the day of joining.
func (s *Scope) PutRole(ctx context.Context, u tenant.UserID, role tenant.Role, now time.Time) error {
	_, err := s.exec(ctx, qPutRole, u, role, ms(now))
	return wrap("put role", err)
}

// SetRole changes the role of a person who is in the team; Missing when the person is not.
func (s *Scope) SetRole(ctx context.Context, u tenant.UserID, role tenant.Role) error {
	return s.must(ctx, "person", qSetRole, u, role)
}

// RemoveMember takes a person out of the team; Missing when the person is not in it.
func (s *Scope) RemoveMember(ctx context.Context, u tenant.UserID) error {
	return s.must(ctx, "person", qRemoveMember, u)
}

// TeamTokens lists everybody's tokens in this team that were not revoked, newest first.
func (s *Scope) TeamTokens(ctx context.Context) ([]apitoken.Token, error) {
	return collect(scanToken)(s.query(ctx, qTeamTokens))
}

// EndToken ends anybody's token in this team at once and tells whose it was; ending it again changes nothing.
func (s *Scope) EndToken(ctx context.Context, id string, now time.Time) (tenant.UserID, error) {
	return first("token", value[tenant.UserID])(s.query(ctx, qEndToken, id, ms(now)))
}

// EndTokens ends every token of a person in this team.
func (s *Scope) EndTokens(ctx context.Context, u tenant.UserID, now time.Time) error {
	_, err := s.exec(ctx, qEndTokens, u, ms(now))
	return wrap("end tokens", err)
}
