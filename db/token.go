package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const tokenColumns = `k.tenant_id, k.id, k.user_id, k.name, k.scope, k.created_at, k.expires_at, k.last_used_at, k.revoked_at`

var (
	qCreateToken = reg(`INSERT INTO main.api_tokens (tenant_id, id, user_id, name, hash, scope, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	qTokens      = reg(`SELECT ` + tokenColumns + ` FROM api_tokens k WHERE k.tenant_id = $1 AND k.user_id = $2 ORDER BY k.id DESC`)
	qRevokeToken = reg(`UPDATE main.api_tokens SET revoked_at = coalesce(revoked_at, $4) WHERE tenant_id = $1 AND id = $2 AND user_id = $3`)
)

// CreateToken stores a token by the hash of its text.
func (s *Scope) CreateToken(ctx context.Context, t apitoken.Token, hash string) error {
	_, err := s.exec(ctx, qCreateToken, t.ID, t.User, t.Name, hash, t.Scope, ms(t.CreatedAt), msOrNull(t.ExpiresAt))
	return wrap("create token", err)
}

// Tokens lists a person's tokens in this team, newest first, revoked ones too.
func (s *Scope) Tokens(ctx context.Context, u tenant.UserID) ([]apitoken.Token, error) {
	return collect(scanToken)(s.query(ctx, qTokens, u))
}

// RevokeToken ends a person's token at once; ending it again changes nothing.
func (s *Scope) RevokeToken(ctx context.Context, id string, u tenant.UserID, now time.Time) error {
	return s.must(ctx, "token", qRevokeToken, id, u, ms(now))
}

// tokenRow is a token's row on its way to the noun.
type tokenRow struct {
	t                      apitoken.Token
	expires, used, revoked nullTime
}

func (r *tokenRow) dest() []any {
	t := &r.t
	return []any{&t.Tenant, &t.ID, &t.User, &t.Name, &t.Scope, stamp(&t.CreatedAt), &r.expires, &r.used, &r.revoked}
}

func (r *tokenRow) noun() apitoken.Token {
	r.t.ExpiresAt, r.t.LastUsedAt, r.t.RevokedAt = r.expires.time, r.used.time, r.revoked.time
	return r.t
}

func scanToken(r scanner) (apitoken.Token, error) {
	var row tokenRow
	err := r.Scan(row.dest()...)
	return row.noun(), err
}
