package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const posted = "one loop sends the e-mails of every team"

var (
	qAddInstanceLetter = across(people, `INSERT INTO main.instance_letters (id, kind, user_id, data, created_at, next_at) VALUES ($1, $2, $3, $4, $5, $5)`)
	qAddTeamLetter     = across(posted, `INSERT INTO main.letters (tenant_id, id, kind, user_id, data, created_at, next_at) VALUES ($1, $2, $3, $4, $5, $6, $6)`)
	qDueLetters        = across(posted, `SELECT tenant_id, id, kind, user_id, data, created_at, next_at, tries FROM letters WHERE next_at <= $1
		UNION ALL SELECT '', id, kind, user_id, data, created_at, next_at, tries FROM instance_letters WHERE next_at <= $1 ORDER BY 7, 2 LIMIT $2`)
	qPutOff          = across(posted, `UPDATE main.letters SET next_at = $4, tries = tries + 1 WHERE tenant_id = $1 AND id = $2 AND next_at = $3`)
	qPutOffInstance  = across(posted, `UPDATE main.instance_letters SET next_at = $4, tries = tries + 1 WHERE $1 = '' AND id = $2 AND next_at = $3`)
	qDropLetter      = across(posted, `DELETE FROM main.letters WHERE tenant_id = $1 AND id = $2`)
	qDropInstLetter  = across(posted, `DELETE FROM main.instance_letters WHERE $1 = '' AND id = $2`)
	qLeads           = across(posted, `SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.tenant_id = $1 AND m.role = 'lead' AND u.is_active = 1 ORDER BY 1`)
	qAdmins          = across(people, `SELECT u.id FROM users u WHERE u.is_admin = 1 AND u.is_active = 1 ORDER BY 1`)
	qMembershipByIDs = across(posted, `SELECT m.role FROM memberships m JOIN users u ON u.id = m.user_id JOIN tenants t ON t.id = m.tenant_id
		WHERE m.tenant_id = $1 AND m.user_id = $2 AND u.is_active = 1 AND t.is_active = 1`)
)

// QueuedLetter is a letter that waits, with its sealed data and how often it was tried.
type QueuedLetter struct {
	letter.Letter
	Sealed string
	NextAt time.Time
	Tries  int
}

// AddLetter stores an e-mail that is about no team; data is sealed.
func (s *System) AddLetter(ctx context.Context, l letter.Letter, data string) error {
	_, err := s.exec(ctx, qAddInstanceLetter, l.ID, l.Kind, l.User, data, ms(l.CreatedAt))
	return wrap("add letter", err)
}

// AddTeamLetter stores an e-mail about a team; data is sealed.
func (s *System) AddTeamLetter(ctx context.Context, t tenant.ID, l letter.Letter, data string) error {
	_, err := s.exec(ctx, qAddTeamLetter, t, l.ID, l.Kind, l.User, data, ms(l.CreatedAt))
	return wrap("add letter", err)
}

// DueLetters lists what is to be sent now, the longest due first.
func (s *System) DueLetters(ctx context.Context, now time.Time, limit int) ([]QueuedLetter, error) {
	return collect(func(r scanner) (q QueuedLetter, err error) {
		err = r.Scan(&q.Tenant, &q.ID, &q.Kind, &q.User, &q.Sealed, stamp(&q.CreatedAt), stamp(&q.NextAt), &q.Tries)
		return q, err
	})(s.query(ctx, qDueLetters, ms(now), limit))
}

// PutOff takes a letter for one try: the next comes later, unless the letter was sent. ok is false when somebody else took it.
func (s *System) PutOff(ctx context.Context, q QueuedLetter, until time.Time) (ok bool, err error) {
	statement := qPutOff
	if q.Tenant == "" {
		statement = qPutOffInstance
	}
	n, err := s.exec(ctx, statement, q.Tenant, q.ID, ms(q.NextAt), ms(until))
	return n == 1, wrap("put a letter off", err)
}

// DropLetter forgets a letter that was sent or is not to be sent any more.
func (s *System) DropLetter(ctx context.Context, l letter.Letter) error {
	statement := qDropLetter
	if l.Tenant == "" {
		statement = qDropInstLetter
	}
	_, err := s.exec(ctx, statement, l.Tenant, l.ID)
	return wrap("drop letter", err)
}

// Leads lists the active leads of a team.
func (s *System) Leads(ctx context.Context, t tenant.ID) ([]tenant.UserID, error) {
	return collect(value[tenant.UserID])(s.query(ctx, qLeads, t))
}

// Admins lists the active admins of the instance.
func (s *System) Admins(ctx context.Context) ([]tenant.UserID, error) {
	return collect(value[tenant.UserID])(s.query(ctx, qAdmins))
}

// RoleIn is an active person's role in an active team; empty when there is none.
func (s *System) RoleIn(ctx context.Context, t tenant.ID, u tenant.UserID) (tenant.Role, error) {
	role, _, err := maybe(value[tenant.Role])(s.query(ctx, qMembershipByIDs, t, u))
	return role, err
}
