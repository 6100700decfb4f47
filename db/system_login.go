package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

const (
	loginColumns = `g.id, g.user_id, g.created_at, g.last_seen_at, g.expires_at, g.peer, g.user_agent, g.via`
	hasFactor    = `CASE WHEN EXISTS (SELECT 1 FROM authenticators f WHERE f.user_id = g.user_id AND f.confirmed_at IS NOT NULL)
		OR EXISTS (SELECT 1 FROM passkeys k WHERE k.user_id = g.user_id) THEN 1 ELSE 0 END`
	beforeTeam = "a credential is read before it is known whose it is"
)

var (
	qCreateLogin = across(beforeTeam, `INSERT INTO main.logins (id, user_id, created_at, last_seen_at, expires_at, peer, user_agent, via)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	qLogin = across(beforeTeam, `SELECT `+loginColumns+`, `+hasFactor+`, `+userColumns+` FROM logins g JOIN users u ON u.id = g.user_id
		WHERE g.id = $1 AND u.is_active = 1 AND g.expires_at > $2`)
	qTouchLogin   = across(beforeTeam, `UPDATE main.logins SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2`)
	qSeen         = across(beforeTeam, `UPDATE main.users SET seen_at = $2 WHERE id = $1`)
	qSeenBy       = across(beforeTeam, `UPDATE main.users SET seen_at = $2 WHERE id = (SELECT g.user_id FROM logins g WHERE g.id = $1)`)
	qLogins       = across(people, `SELECT `+loginColumns+` FROM logins g WHERE g.user_id = $1 AND g.expires_at > $2 ORDER BY g.last_seen_at DESC, g.id`)
	qDeleteLogin  = across(people, `DELETE FROM main.logins WHERE id = $2 AND user_id = $1`)
	qDeleteLogins = across(people, `DELETE FROM main.logins WHERE user_id = $1 AND id <> $2`)

	qTokenByHash = across(beforeTeam, `SELECT `+tokenColumns+`, `+userColumns+`, `+tenantColumns+`, m.user_id, m.role, m.joined_at
		FROM api_tokens k JOIN users u ON u.id = k.user_id JOIN tenants t ON t.id = k.tenant_id JOIN lanes l ON l.tenant_id = t.id
		JOIN memberships m ON m.tenant_id = k.tenant_id AND m.user_id = k.user_id
		WHERE k.hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2) AND u.is_active = 1 AND t.deleted_at IS NULL`)
	qTouchToken = across(beforeTeam, `UPDATE main.api_tokens SET last_used_at = $3 WHERE tenant_id = $1 AND id = $2`)
)

// CreateLogin stores a login.
func (s *System) CreateLogin(ctx context.Context, l user.Login) error {
	_, err := s.exec(ctx, qCreateLogin, l.ID, l.User, ms(l.CreatedAt), ms(l.LastSeenAt), ms(l.Expires), l.Peer, l.UserAgent, l.Via)
	if err != nil {
		return wrap("create login", err)
	}
	_, err = s.exec(ctx, qSeen, l.User, ms(l.LastSeenAt))
	return wrap("see a person", err)
}

type loginUser struct {
	login user.Login
	user  user.User
}

// Login reads a login with its person, and whether the person has a second factor; Missing when it ended or the person is inactive.
func (s *System) Login(ctx context.Context, id string) (user.Login, user.User, error) {
	lu, err := first("login", func(r scanner) (v loginUser, err error) {
		err = r.Scan(append(append(loginDest(&v.login), &v.login.SecondFactor), userDest(&v.user)...)...)
		return v, err
	})(s.query(ctx, qLogin, id, ms(s.now())))
	return lu.login, lu.user, err
}

// TouchLogin notes that a login was used.
func (s *System) TouchLogin(ctx context.Context, id string, now time.Time) error {
	if _, err := s.exec(ctx, qTouchLogin, id, ms(now)); err != nil {
		return wrap("touch login", err)
	}
	_, err := s.exec(ctx, qSeenBy, id, ms(now))
	return wrap("see a person", err)
}

// Logins lists a person's live logins, the last used first.
func (s *System) Logins(ctx context.Context, u tenant.UserID) ([]user.Login, error) {
	return collect(func(r scanner) (l user.Login, err error) {
		err = r.Scan(loginDest(&l)...)
		return l, err
	})(s.query(ctx, qLogins, u, ms(s.now())))
}

// DeleteLogin ends one login of a person; Missing when it is not that person's.
func (s *System) DeleteLogin(ctx context.Context, u tenant.UserID, id string) error {
	return s.must(ctx, "login", qDeleteLogin, u, id)
}

// DeleteLogins ends all of a person's logins but one, and those that wait for a second step; none is spared for "".
func (s *System) DeleteLogins(ctx context.Context, u tenant.UserID, except string) error {
	if _, err := s.exec(ctx, qDropPending, u); err != nil {
		return wrap("end pending logins", err)
	}
	_, err := s.exec(ctx, qDeleteLogins, u, except)
	return wrap("end logins", err)
}

type tokenHolder struct {
	token      apitoken.Token
	user       user.User
	membership tenant.Membership
}

// TokenByHash reads a token with its person and the membership it acts by; Unauthenticated when it is unknown, revoked,
// expired, or its person is inactive or no longer in the team.
func (s *System) TokenByHash(ctx context.Context, hash string, now time.Time) (apitoken.Token, user.User, tenant.Membership, error) {
	h, ok, err := maybe(func(r scanner) (h tokenHolder, err error) {
		var row tokenRow
		err = r.Scan(append(append(row.dest(), userDest(&h.user)...), membershipDest(&h.membership)...)...)
		h.token = row.noun()
		return h, err
	})(s.query(ctx, qTokenByHash, hash, ms(now)))
	if err == nil && !ok {
		err = fault.New(fault.Unauthenticated, "This API token is not valid.")
	}
	return h.token, h.user, h.membership, err
}

// TouchToken notes that a token was used.
func (s *System) TouchToken(ctx context.Context, t tenant.ID, id string, now time.Time) error {
	_, err := s.exec(ctx, qTouchToken, t, id, ms(now))
	return wrap("touch token", err)
}

func loginDest(l *user.Login) []any {
	return []any{&l.ID, &l.User, stamp(&l.CreatedAt), stamp(&l.LastSeenAt), stamp(&l.Expires), &l.Peer, &l.UserAgent, &l.Via}
}
