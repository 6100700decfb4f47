package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Grant is a permission given beforehand: for one session, or for a repository until it expires.
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
	qAddGrant = reg(`INSERT INTO main.grants (tenant_id, id, session_id, repository_id, permission, pattern, granted_by, granted_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
	qGrants = reg(`SELECT id, coalesce(session_id, ''), coalesce(repository_id, ''), permission, pattern, granted_by, granted_at, expires_at FROM grants
		WHERE tenant_id = $1 AND (session_id = $2 OR session_id IS NULL AND repository_id = $3) AND (expires_at IS NULL OR expires_at > $4) ORDER BY id`)
)

// AddGrant stores a permission given beforehand.
func (s *Scope) AddGrant(ctx context.Context, g Grant) error {
	_, err := s.exec(ctx, qAddGrant, g.ID, textOrNull(g.Session), textOrNull(g.Repository), g.Permission, g.Pattern, g.By, ms(g.At), msOrNull(g.Expires))
	return wrap("add grant", err)
}

// Grants reads the permissions that hold now for a session: its own and its repository's.
func (s *Scope) Grants(ctx context.Context, id session.ID, repo repository.ID, now time.Time) ([]Grant, error) {
	return collect(func(r scanner) (g Grant, err error) {
		var expires nullTime
		err = r.Scan(&g.ID, &g.Session, &g.Repository, &g.Permission, &g.Pattern, &g.By, stamp(&g.At), &expires)
		g.Expires = expires.time
		return g, err
	})(s.query(ctx, qGrants, id, textOrNull(repo), ms(now)))
}
