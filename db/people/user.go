package people

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

const (
	userColumns  = `u.id, u.email, u.name, u.password_hash, u.is_admin, u.is_active, u.theme, u.time_zone, u.created_at`
	reasonPeople = "people belong to the instance, not to a team"
)

var (
	qCreateUser = area.CrossTenant(reasonPeople, `INSERT INTO main.users (id, email, email_folded, name, password_hash, is_admin, is_active, theme, time_zone, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)
	qUser        = area.CrossTenant(reasonPeople, `SELECT `+userColumns+` FROM users u WHERE u.id = $1`)
	qUserByEmail = area.CrossTenant(reasonPeople, `SELECT `+userColumns+` FROM users u WHERE u.email_folded = $1`)
	qSetPassword = area.CrossTenant(reasonPeople, `UPDATE main.users SET password_hash = $2 WHERE id = $1`)
	qSetProfile  = area.CrossTenant(reasonPeople, `UPDATE main.users SET name = $2, theme = $3, time_zone = $4 WHERE id = $1`)
	qCountUsers  = area.CrossTenant(reasonPeople, `SELECT count(*) FROM users`)
)

// CreateUser stores a person; Conflict if a person has the e-mail address, in upper or lower case.
func (s System) CreateUser(ctx context.Context, u user.User) error {
	_, err := s.System.Exec(ctx, qCreateUser, u.ID, u.Email, user.Fold(u.Email), u.Name, u.PasswordHash, dbkernel.Bit(u.Admin), dbkernel.Bit(u.Active), u.Theme, u.TimeZone, dbkernel.Millis(u.CreatedAt))
	return dbkernel.Wrap("create user", dbkernel.Taken(err, "email", "The e-mail address %q is already in use by another person.", u.Email))
}

// User reads a person, active or not.
func (s System) User(ctx context.Context, id tenant.UserID) (user.User, error) {
	return dbkernel.First("person", scanUser)(s.System.Query(ctx, qUser, id))
}

// UserByEmail reads a person by e-mail address, in upper or lower case, active or not.
func (s System) UserByEmail(ctx context.Context, email string) (user.User, error) {
	return dbkernel.First("person", scanUser)(s.System.Query(ctx, qUserByEmail, user.Fold(email)))
}

// SetPassword replaces a person's password hash.
func (s System) SetPassword(ctx context.Context, id tenant.UserID, hash string) error {
	return s.System.ExecOne(ctx, "person", qSetPassword, id, hash)
}

// SetProfile changes a person's name, theme and time zone.
func (s System) SetProfile(ctx context.Context, id tenant.UserID, name, theme, timeZone string) error {
	return s.System.ExecOne(ctx, "person", qSetProfile, id, name, theme, timeZone)
}

// CountUsers counts the people of the instance, active or not.
func (s System) CountUsers(ctx context.Context) (int64, error) {
	return dbkernel.First("person", dbkernel.Value[int64])(s.System.Query(ctx, qCountUsers))
}

func userDest(u *user.User) []any {
	return []any{&u.ID, &u.Email, &u.Name, &u.PasswordHash, &u.Admin, &u.Active, &u.Theme, &u.TimeZone, dbkernel.TimeDest(&u.CreatedAt)}
}

func scanUser(r dbkernel.Scanner) (u user.User, err error) {
	err = r.Scan(userDest(&u)...)
	return u, err
}
