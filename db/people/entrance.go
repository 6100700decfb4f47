package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const entranceColumns = `e.id, e.tenant_id, e.user_id, e.user_name, e.login_id, e.reason, e.entered_at, e.ends_at`

var (
	qAddEntrance = area.Scoped(`INSERT INTO main.entrances (tenant_id, id, user_id, user_name, login_id, reason, entered_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	qEntrances   = area.Scoped(`SELECT ` + entranceColumns + ` FROM entrances e WHERE e.tenant_id = $1 AND e.left_at IS NULL AND e.ends_at > $2 ORDER BY e.id`)
	qLeave       = area.Scoped(`UPDATE main.entrances SET left_at = $3 WHERE tenant_id = $1 AND user_id = $2 AND left_at IS NULL AND ends_at > $3`)

	// An entrance ends with the login that it belongs to, and when the user is no longer an admin.
	qEntrance = area.CrossTenant("an admin who enters a team is no member of it", `SELECT `+entranceColumns+`, `+TenantColumns+` FROM entrances e
		JOIN tenants t ON t.id = e.tenant_id JOIN lanes l ON l.tenant_id = t.id JOIN users u ON u.id = e.user_id JOIN logins g ON g.id = e.login_id
		WHERE e.user_id = $1 AND t.slug = $2 AND e.left_at IS NULL AND e.ends_at > $3 AND t.deleted_at IS NULL AND u.is_admin = 1 AND u.is_active = 1
		ORDER BY e.id DESC LIMIT 1`)
	qEndEntrances = area.CrossTenant("the entrances of an admin end in all teams at once", `UPDATE main.entrances SET left_at = $3
		WHERE left_at IS NULL AND ends_at > $3 AND (user_id = $1 OR tenant_id = $2)`)
)

// AddEntrance stores that an admin is in the team.
func (s Scope) AddEntrance(ctx context.Context, e tenant.Entrance) error {
	_, err := s.Scope.Exec(ctx, qAddEntrance, e.ID, e.User, e.Name, e.Login, e.Reason, dbkernel.Millis(e.EnteredAt), dbkernel.Millis(e.EndsAt))
	return dbkernel.Wrap("enter team", err)
}

// Entrances lists the admins who are in the team at a time, the first to enter first.
func (s Scope) Entrances(ctx context.Context, now time.Time) ([]tenant.Entrance, error) {
	return dbkernel.Collect(scanEntrance)(s.Scope.Query(ctx, qEntrances, dbkernel.Millis(now)))
}

// EndEntrance ends every entrance of an admin to the team and returns how many it ended.
func (s Scope) EndEntrance(ctx context.Context, u tenant.UserID, now time.Time) (n int64, err error) {
	n, err = s.Scope.Exec(ctx, qLeave, u, dbkernel.Millis(now))
	return n, dbkernel.Wrap("leave team", err)
}

// TeamEntrance is an entrance with its team.
type TeamEntrance struct {
	tenant.Entrance
	Team tenant.Tenant
}

// Entrance reads the newest open entrance of an admin to the team with a slug; in is false if there is none.
func (s System) Entrance(ctx context.Context, u tenant.UserID, slug string, now time.Time) (e TeamEntrance, in bool, err error) {
	e, in, err = dbkernel.Maybe(func(r dbkernel.Scanner) (e TeamEntrance, err error) {
		err = r.Scan(append(entranceDest(&e.Entrance), TenantDest(&e.Team)...)...)
		return e, err
	})(s.System.Query(ctx, qEntrance, u, slug, dbkernel.Millis(now)))
	return e, in, dbkernel.Wrap("read entrance", err)
}

// EndEntrances ends the entrances of a person and those to a team; either may be empty.
func (s System) EndEntrances(ctx context.Context, u tenant.UserID, t tenant.ID, now time.Time) error {
	_, err := s.System.Exec(ctx, qEndEntrances, u, t, dbkernel.Millis(now))
	return dbkernel.Wrap("end entrances", err)
}

func entranceDest(e *tenant.Entrance) []any {
	return []any{&e.ID, &e.Tenant, &e.User, &e.Name, &e.Login, &e.Reason, dbkernel.TimeDest(&e.EnteredAt), dbkernel.TimeDest(&e.EndsAt)}
}

func scanEntrance(r dbkernel.Scanner) (e tenant.Entrance, err error) {
	err = r.Scan(entranceDest(&e)...)
	return e, err
}
