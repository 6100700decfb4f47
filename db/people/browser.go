package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qKnowsBrowser = area.CrossTenant(dbkernel.ReasonSignIn, `SELECT count(*) FROM known_browsers WHERE token_hash = $1 AND user_id = $2 AND expires_at > $3`)
	qMoveBrowser  = area.CrossTenant(dbkernel.ReasonSignIn, `UPDATE main.known_browsers SET token_hash = $2 WHERE token_hash = $1`)
	qAddBrowser   = area.CrossTenant(dbkernel.ReasonSignIn, `INSERT INTO main.known_browsers (token_hash, user_id, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (token_hash, user_id) DO UPDATE SET expires_at = excluded.expires_at`)
	qDropBrowsers = area.CrossTenant(reasonPeople, `DELETE FROM main.known_browsers WHERE user_id = $1`)
	qOldBrowsers  = area.CrossTenant(reasonExpiry, `DELETE FROM main.known_browsers WHERE expires_at <= $1`)
)

// KnowsBrowser reports whether a person signed in with the browser of this token before.
func (s System) KnowsBrowser(ctx context.Context, tokenHash string, u tenant.UserID) (bool, error) {
	n, err := dbkernel.First("browser", dbkernel.Value[int64])(s.System.Query(ctx, qKnowsBrowser, tokenHash, u, dbkernel.Millis(s.System.Now())))
	return n > 0, err
}

// KnowBrowser stores that a person signed in with a browser, and replaces the browser's token for everybody who did.
func (s System) KnowBrowser(ctx context.Context, oldHash, tokenHash string, u tenant.UserID, expires time.Time) error {
	if _, err := s.System.Exec(ctx, qMoveBrowser, oldHash, tokenHash); err != nil {
		return dbkernel.Wrap("replace the token of a browser", err)
	}
	_, err := s.System.Exec(ctx, qAddBrowser, tokenHash, u, dbkernel.Millis(expires))
	return dbkernel.Wrap("remember browser", err)
}

// DropBrowsers deletes all browsers that a person signed in with.
func (s System) DropBrowsers(ctx context.Context, u tenant.UserID) error {
	_, err := s.System.Exec(ctx, qDropBrowsers, u)
	return dbkernel.Wrap("forget browsers", err)
}
