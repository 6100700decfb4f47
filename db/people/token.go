package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

var (
	qDeadToken  = area.CrossTenant(reasonCredential, `SELECT `+tokenColumns+` FROM api_tokens k WHERE k.hash = $1`)
	qTeamTokens = area.Scoped(`SELECT ` + tokenColumns + ` FROM api_tokens k WHERE k.tenant_id = $1 AND k.revoked_at IS NULL ORDER BY k.id DESC`)
	qEndToken   = area.Scoped(`UPDATE main.api_tokens SET revoked_at = coalesce(revoked_at, $3) WHERE tenant_id = $1 AND id = $2 RETURNING user_id`)
	qEndTokens  = area.Scoped(`UPDATE main.api_tokens SET revoked_at = $3 WHERE tenant_id = $1 AND user_id = $2 AND revoked_at IS NULL`)

	qTokenByHash = area.CrossTenant(reasonCredential, `SELECT `+tokenColumns+`, `+userColumns+`, `+TenantColumns+`, m.user_id, m.role, m.joined_at
		FROM api_tokens k JOIN users u ON u.id = k.user_id JOIN tenants t ON t.id = k.tenant_id JOIN lanes l ON l.tenant_id = t.id
		JOIN memberships m ON m.tenant_id = k.tenant_id AND m.user_id = k.user_id
		WHERE k.hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2) AND u.is_active = 1 AND t.deleted_at IS NULL`)
	qTouchToken = area.CrossTenant(reasonCredential, `UPDATE main.api_tokens SET last_used_at = $3 WHERE tenant_id = $1 AND id = $2`)
)

var qEndAllTokens = area.CrossTenant(reasonPeople, `UPDATE main.api_tokens SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL RETURNING tenant_id, id`)

// RevokeAllTokens revokes every API token of a person in all teams, and returns the IDs of tokens by team.
func (s System) RevokeAllTokens(ctx context.Context, u tenant.UserID, now time.Time) (map[tenant.ID][]string, error) {
	all := map[tenant.ID][]string{}
	_, err := dbkernel.Collect(func(r dbkernel.Scanner) (struct{}, error) {
		var t tenant.ID
		var id string
		err := r.Scan(&t, &id)
		all[t] = append(all[t], id)
		return struct{}{}, err
	})(s.System.Query(ctx, qEndAllTokens, u, dbkernel.Millis(now)))
	return all, dbkernel.Wrap("revoke a person's tokens", err)
}

const (
	reasonCredential = "a credential is read before its owner is known"
)

// AnyTokenByHash reads an API token by its hash, whether or not it still works; found is false if there never was one.
func (s System) AnyTokenByHash(ctx context.Context, hash string) (t apitoken.Token, found bool, err error) {
	t, found, err = dbkernel.Maybe(scanToken)(s.System.Query(ctx, qDeadToken, hash))
	return t, found, dbkernel.Wrap("read rejected token", err)
}

// TeamTokens lists the API tokens of all members that were not revoked, newest first.
func (s Scope) TeamTokens(ctx context.Context) ([]apitoken.Token, error) {
	return dbkernel.Collect(scanToken)(s.Scope.Query(ctx, qTeamTokens))
}

// RevokeAnyToken revokes any member's API token and returns whose it is. Revoking it again changes nothing.
func (s Scope) RevokeAnyToken(ctx context.Context, id string, now time.Time) (tenant.UserID, error) {
	return dbkernel.First("token", dbkernel.Value[tenant.UserID])(s.Scope.Query(ctx, qEndToken, id, dbkernel.Millis(now)))
}

// RevokeTokens revokes every API token of a person in this team.
func (s Scope) RevokeTokens(ctx context.Context, u tenant.UserID, now time.Time) error {
	_, err := s.Scope.Exec(ctx, qEndTokens, u, dbkernel.Millis(now))
	return dbkernel.Wrap("revoke tokens", err)
}

type tokenHolder struct {
	token      apitoken.Token
	user       user.User
	membership tenant.Membership
}

// TokenByHash reads a token with its person and the membership it uses; Unauthenticated if it is unknown, revoked or expired, or its
// person is inactive or no longer in the team.
func (s System) TokenByHash(ctx context.Context, hash string, now time.Time) (apitoken.Token, user.User, tenant.Membership, error) {
	h, ok, err := dbkernel.Maybe(func(r dbkernel.Scanner) (h tokenHolder, err error) {
		var row tokenRow
		err = r.Scan(append(append(row.dest(), userDest(&h.user)...), membershipDest(&h.membership)...)...)
		h.token = row.noun()
		return h, err
	})(s.System.Query(ctx, qTokenByHash, hash, dbkernel.Millis(now)))
	if err == nil && !ok {
		err = fault.New(fault.Unauthenticated, "This API token is not valid.")
	}
	return h.token, h.user, h.membership, err
}

// TouchToken stores when an API token was last used.
func (s System) TouchToken(ctx context.Context, t tenant.ID, id string, now time.Time) error {
	_, err := s.System.Exec(ctx, qTouchToken, t, id, dbkernel.Millis(now))
	return dbkernel.Wrap("touch token", err)
}

const tokenColumns = `k.tenant_id, k.id, k.user_id, k.name, k.scope, k.created_at, k.expires_at, k.last_used_at, k.revoked_at`

var (
	qCreateToken = area.Scoped(`INSERT INTO main.api_tokens (tenant_id, id, user_id, name, hash, scope, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	qTokens      = area.Scoped(`SELECT ` + tokenColumns + ` FROM api_tokens k WHERE k.tenant_id = $1 AND k.user_id = $2 ORDER BY k.id DESC`)
	qRevokeToken = area.Scoped(`UPDATE main.api_tokens SET revoked_at = coalesce(revoked_at, $4) WHERE tenant_id = $1 AND id = $2 AND user_id = $3`)
)

// CreateToken stores an API token by the hash of its text.
func (s Scope) CreateToken(ctx context.Context, t apitoken.Token, hash string) error {
	_, err := s.Scope.Exec(ctx, qCreateToken, t.ID, t.User, t.Name, hash, t.Scope, dbkernel.Millis(t.CreatedAt), dbkernel.MillisOrNull(t.ExpiresAt))
	return dbkernel.Wrap("create token", err)
}

// Tokens lists a person's API tokens in this team, newest first, revoked ones too.
func (s Scope) Tokens(ctx context.Context, u tenant.UserID) ([]apitoken.Token, error) {
	return dbkernel.Collect(scanToken)(s.Scope.Query(ctx, qTokens, u))
}

// RevokeToken revokes a person's own API token; Missing if it is not that person's. Revoking it again changes nothing.
func (s Scope) RevokeToken(ctx context.Context, id string, u tenant.UserID, now time.Time) error {
	return s.Scope.ExecOne(ctx, "token", qRevokeToken, id, u, dbkernel.Millis(now))
}

// tokenRow is the row of an API token, which noun turns into the token.
type tokenRow struct {
	t                      apitoken.Token
	expires, used, revoked dbkernel.NullTime
}

func (r *tokenRow) dest() []any {
	t := &r.t
	return []any{&t.Tenant, &t.ID, &t.User, &t.Name, &t.Scope, dbkernel.TimeDest(&t.CreatedAt), &r.expires, &r.used, &r.revoked}
}

func (r *tokenRow) noun() apitoken.Token {
	r.t.ExpiresAt, r.t.LastUsedAt, r.t.RevokedAt = r.expires.Time, r.used.Time, r.revoked.Time
	return r.t
}

func scanToken(r dbkernel.Scanner) (apitoken.Token, error) {
	var row tokenRow
	err := r.Scan(row.dest()...)
	return row.noun(), err
}
