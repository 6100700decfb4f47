package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const reasonPost = "one loop sends the e-mails of every team"

var (
	qAddInstanceLetter = area.CrossTenant(reasonPeople, `INSERT INTO main.instance_letters (id, kind, user_id, data, created_at, next_at) VALUES ($1, $2, $3, $4, $5, $5)`)
	qAddTeamLetter     = area.CrossTenant(reasonPost, `INSERT INTO main.letters (tenant_id, id, kind, user_id, data, created_at, next_at) VALUES ($1, $2, $3, $4, $5, $6, $6)`)
	qDueLetters        = area.CrossTenant(reasonPost, `SELECT tenant_id, id, kind, user_id, data, created_at, next_at, tries FROM letters WHERE next_at <= $1
		UNION ALL SELECT '', id, kind, user_id, data, created_at, next_at, tries FROM instance_letters WHERE next_at <= $1 ORDER BY 7, 2 LIMIT $2`)
	qPutOff          = area.CrossTenant(reasonPost, `UPDATE main.letters SET next_at = $4, tries = tries + 1 WHERE tenant_id = $1 AND id = $2 AND next_at = $3`)
	qPutOffInstance  = area.CrossTenant(reasonPost, `UPDATE main.instance_letters SET next_at = $4, tries = tries + 1 WHERE $1 = '' AND id = $2 AND next_at = $3`)
	qDropLetter      = area.CrossTenant(reasonPost, `DELETE FROM main.letters WHERE tenant_id = $1 AND id = $2`)
	qDropInstLetter  = area.CrossTenant(reasonPost, `DELETE FROM main.instance_letters WHERE $1 = '' AND id = $2`)
	qLeads           = area.CrossTenant(reasonPost, `SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.tenant_id = $1 AND m.role = 'lead' AND u.is_active = 1 ORDER BY 1`)
	qAdmins          = area.CrossTenant(reasonPeople, `SELECT u.id FROM users u WHERE u.is_admin = 1 AND u.is_active = 1 ORDER BY 1`)
	qMembershipByIDs = area.CrossTenant(reasonPost, `SELECT m.role FROM memberships m JOIN users u ON u.id = m.user_id JOIN tenants t ON t.id = m.tenant_id
		WHERE m.tenant_id = $1 AND m.user_id = $2 AND u.is_active = 1 AND t.is_active = 1`)
)

// QueuedLetter is an e-mail in the queue, with its sealed data, the time of the next attempt and the number of attempts so far.
type QueuedLetter struct {
	letter.Letter
	Sealed string
	NextAt time.Time
	Tries  int
}

// AddLetter queues an e-mail that is about no team; data is sealed.
func (s System) AddLetter(ctx context.Context, l letter.Letter, data string) error {
	_, err := s.System.Exec(ctx, qAddInstanceLetter, l.ID, l.Kind, l.User, data, dbkernel.Millis(l.CreatedAt))
	return dbkernel.Wrap("add letter", err)
}

// AddTeamLetter queues an e-mail about a team; data is sealed.
func (s System) AddTeamLetter(ctx context.Context, t tenant.ID, l letter.Letter, data string) error {
	_, err := s.System.Exec(ctx, qAddTeamLetter, t, l.ID, l.Kind, l.User, data, dbkernel.Millis(l.CreatedAt))
	return dbkernel.Wrap("add letter", err)
}

// DueLetters lists the e-mails to send now, the longest due first.
func (s System) DueLetters(ctx context.Context, now time.Time, limit int) ([]QueuedLetter, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (q QueuedLetter, err error) {
		err = r.Scan(&q.Tenant, &q.ID, &q.Kind, &q.User, &q.Sealed, dbkernel.TimeDest(&q.CreatedAt), dbkernel.TimeDest(&q.NextAt), &q.Tries)
		return q, err
	})(s.System.Query(ctx, qDueLetters, dbkernel.Millis(now), limit))
}

// ClaimLetter claims an e-mail for one attempt by moving the next attempt to until. ok is false if another server claimed it first.
func (s System) ClaimLetter(ctx context.Context, q QueuedLetter, until time.Time) (ok bool, err error) {
	statement := qPutOff
	if q.Tenant == "" {
		statement = qPutOffInstance
	}
	n, err := s.System.Exec(ctx, statement, q.Tenant, q.ID, dbkernel.Millis(q.NextAt), dbkernel.Millis(until))
	return n == 1, dbkernel.Wrap("claim letter", err)
}

// DropLetter removes an e-mail from the queue.
func (s System) DropLetter(ctx context.Context, l letter.Letter) error {
	statement := qDropLetter
	if l.Tenant == "" {
		statement = qDropInstLetter
	}
	_, err := s.System.Exec(ctx, statement, l.Tenant, l.ID)
	return dbkernel.Wrap("drop letter", err)
}

// Leads lists the active leads of a team.
func (s System) Leads(ctx context.Context, t tenant.ID) ([]tenant.UserID, error) {
	return dbkernel.Collect(dbkernel.Value[tenant.UserID])(s.System.Query(ctx, qLeads, t))
}

// Admins lists the active admins of the instance.
func (s System) Admins(ctx context.Context) ([]tenant.UserID, error) {
	return dbkernel.Collect(dbkernel.Value[tenant.UserID])(s.System.Query(ctx, qAdmins))
}

// RoleIn reads an active person's role in an active team; it is empty if there is none.
func (s System) RoleIn(ctx context.Context, t tenant.ID, u tenant.UserID) (tenant.Role, error) {
	role, _, err := dbkernel.Maybe(dbkernel.Value[tenant.Role])(s.System.Query(ctx, qMembershipByIDs, t, u))
	return role, err
}

var qAddLetter = area.Scoped(`INSERT INTO main.letters (tenant_id, id, kind, user_id, data, created_at, next_at) VALUES ($1, $2, $3, $4, $5, $6, $6)`)

// AddLetter queues an e-mail about the team; data is sealed.
func (s Scope) AddLetter(ctx context.Context, l letter.Letter, data string) error {
	_, err := s.Scope.Exec(ctx, qAddLetter, l.ID, l.Kind, l.User, data, dbkernel.Millis(l.CreatedAt))
	return dbkernel.Wrap("add letter", err)
}
