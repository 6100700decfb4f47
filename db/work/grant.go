package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Grant is an approval in advance: for one session, or for a repository until it expires.
type Grant struct {
	ID                  string
	Session             session.ID
	Repository          repository.ID
	Permission, Pattern string
	By                  tenant.UserID
	At                  time.Time
	Expires             *time.Time
}

var (
	qAddGrant = area.Scoped(`INSERT INTO main.grants (tenant_id, id, session_id, repository_id, permission, pattern, granted_by, granted_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
	qGrants = area.Scoped(`SELECT id, coalesce(session_id, ''), coalesce(repository_id, ''), permission, pattern, granted_by, granted_at, expires_at FROM grants
		WHERE tenant_id = $1 AND (session_id = $2 OR session_id IS NULL AND repository_id = $3) AND (expires_at IS NULL OR expires_at > $4) ORDER BY id`)
)

// AddGrant stores an approval in advance.
func (s Scope) AddGrant(ctx context.Context, g Grant) error {
	_, err := s.Scope.Exec(ctx, qAddGrant, g.ID, dbkernel.TextOrNull(g.Session), dbkernel.TextOrNull(g.Repository), g.Permission, g.Pattern, g.By, dbkernel.Millis(g.At), dbkernel.MillisOrNull(g.Expires))
	return dbkernel.Wrap("add grant", err)
}

// Grants reads the grants of a session and of its repository that have not expired.
func (s Scope) Grants(ctx context.Context, id session.ID, repo repository.ID, now time.Time) ([]Grant, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (g Grant, err error) {
		var expires dbkernel.NullTime
		err = r.Scan(&g.ID, &g.Session, &g.Repository, &g.Permission, &g.Pattern, &g.By, dbkernel.TimeDest(&g.At), &expires)
		g.Expires = expires.Time
		return g, err
	})(s.Scope.Query(ctx, qGrants, id, dbkernel.TextOrNull(repo), dbkernel.Millis(now)))
}
