package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

var (
	qSetActive    = area.CrossTenant(reasonPeople, `UPDATE main.users SET is_active = $2 WHERE id = $1`)
	qPutResetLink = area.CrossTenant(reasonPeople, `INSERT INTO main.reset_links (user_id, token_hash, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at`)
	qResetUser = area.CrossTenant(dbkernel.ReasonSignIn, `SELECT `+userColumns+` FROM reset_links r JOIN users u ON u.id = r.user_id
		WHERE r.token_hash = $1 AND r.expires_at > $2 AND u.is_active = 1`)
	qUseResetLink  = area.CrossTenant(dbkernel.ReasonSignIn, `DELETE FROM main.reset_links WHERE token_hash = $1 AND expires_at > $2`)
	qOldResetLinks = area.CrossTenant(reasonExpiry, `DELETE FROM main.reset_links WHERE expires_at <= $1`)
)

// SetActive activates or deactivates a person.
func (s System) SetActive(ctx context.Context, u tenant.UserID, active bool) error {
	return s.System.ExecOne(ctx, "person", qSetActive, u, dbkernel.Bit(active))
}

// PutResetLink stores the hash of a person's reset link, which replaces an earlier one.
func (s System) PutResetLink(ctx context.Context, u tenant.UserID, hash string, expires time.Time) error {
	_, err := s.System.Exec(ctx, qPutResetLink, u, hash, dbkernel.Millis(expires))
	return dbkernel.Wrap("put reset link", err)
}

// ResetUser reads the person whose password a reset link can set; Missing if it was used, has expired, or the person is inactive.
func (s System) ResetUser(ctx context.Context, hash string, now time.Time) (user.User, error) {
	return dbkernel.First("reset link", scanUser)(s.System.Query(ctx, qResetUser, hash, dbkernel.Millis(now)))
}

// UseResetLink deletes a reset link, so that it works once. ok is false if it was used before or has expired.
func (s System) UseResetLink(ctx context.Context, hash string, now time.Time) (ok bool, err error) {
	n, err := s.System.Exec(ctx, qUseResetLink, hash, dbkernel.Millis(now))
	return n == 1, dbkernel.Wrap("use reset link", err)
}

// DropResetLinks deletes the reset links that have expired.
func (s System) DropResetLinks(ctx context.Context, now time.Time) error {
	_, err := s.System.Exec(ctx, qOldResetLinks, dbkernel.Millis(now))
	return dbkernel.Wrap("drop reset links", err)
}
