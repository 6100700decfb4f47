package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

const (
	loginColumns = `g.id, g.user_id, g.created_at, g.last_seen_at, g.expires_at, g.peer, g.user_agent, g.via`
	hasFactor    = `CASE WHEN EXISTS (SELECT 1 FROM authenticators f WHERE f.user_id = g.user_id AND f.confirmed_at IS NOT NULL)
		OR EXISTS (SELECT 1 FROM passkeys k WHERE k.user_id = g.user_id) THEN 1 ELSE 0 END`
)

var (
	qCreateLogin = area.CrossTenant(reasonCredential, `INSERT INTO main.logins (id, user_id, created_at, last_seen_at, expires_at, peer, user_agent, via)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	qLogin = area.CrossTenant(reasonCredential, `SELECT `+loginColumns+`, `+hasFactor+`, `+userColumns+` FROM logins g JOIN users u ON u.id = g.user_id
		WHERE g.id = $1 AND u.is_active = 1 AND g.expires_at > $2`)
	qTouchLogin   = area.CrossTenant(reasonCredential, `UPDATE main.logins SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2`)
	qSeen         = area.CrossTenant(reasonCredential, `UPDATE main.users SET seen_at = $2 WHERE id = $1`)
	qSeenBy       = area.CrossTenant(reasonCredential, `UPDATE main.users SET seen_at = $2 WHERE id = (SELECT g.user_id FROM logins g WHERE g.id = $1)`)
	qLogins       = area.CrossTenant(reasonPeople, `SELECT `+loginColumns+` FROM logins g WHERE g.user_id = $1 AND g.expires_at > $2 ORDER BY g.last_seen_at DESC, g.id`)
	qDeleteLogin  = area.CrossTenant(reasonPeople, `DELETE FROM main.logins WHERE id = $2 AND user_id = $1`)
	qDeleteLogins = area.CrossTenant(reasonPeople, `DELETE FROM main.logins WHERE user_id = $1 AND id <> $2`)
)

// CreateLogin stores a login and that its person was here.
func (s System) CreateLogin(ctx context.Context, l user.Login) error {
	_, err := s.System.Exec(ctx, qCreateLogin, l.ID, l.User, dbkernel.Millis(l.CreatedAt), dbkernel.Millis(l.LastSeenAt), dbkernel.Millis(l.Expires), l.Peer, l.UserAgent, l.Via)
	if err != nil {
		return dbkernel.Wrap("create login", err)
	}
	_, err = s.System.Exec(ctx, qSeen, l.User, dbkernel.Millis(l.LastSeenAt))
	return dbkernel.Wrap("store when a person was here", err)
}

type loginUser struct {
	login user.Login
	user  user.User
}

// Login reads a login with its person, and whether the person has a second factor; Missing if it has ended or the person is inactive.
func (s System) Login(ctx context.Context, id string) (user.Login, user.User, error) {
	lu, err := dbkernel.First("login", func(r dbkernel.Scanner) (v loginUser, err error) {
		err = r.Scan(append(append(loginDest(&v.login), &v.login.SecondFactor), userDest(&v.user)...)...)
		return v, err
	})(s.System.Query(ctx, qLogin, id, dbkernel.Millis(s.System.Now())))
	return lu.login, lu.user, err
}

// TouchLogin stores when a login, and its person, was last here.
func (s System) TouchLogin(ctx context.Context, id string, now time.Time) error {
	if _, err := s.System.Exec(ctx, qTouchLogin, id, dbkernel.Millis(now)); err != nil {
		return dbkernel.Wrap("touch login", err)
	}
	_, err := s.System.Exec(ctx, qSeenBy, id, dbkernel.Millis(now))
	return dbkernel.Wrap("store when a person was here", err)
}

// Logins lists a person's logins that have not expired, the last used first.
func (s System) Logins(ctx context.Context, u tenant.UserID) ([]user.Login, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (l user.Login, err error) {
		err = r.Scan(loginDest(&l)...)
		return l, err
	})(s.System.Query(ctx, qLogins, u, dbkernel.Millis(s.System.Now())))
}

// DeleteLogin ends one login of a person; Missing if it is not that person's.
func (s System) DeleteLogin(ctx context.Context, u tenant.UserID, id string) error {
	return s.System.ExecOne(ctx, "login", qDeleteLogin, u, id)
}

// DeleteLogins ends a person's pending logins and all logins but one, or all for "".
func (s System) DeleteLogins(ctx context.Context, u tenant.UserID, except string) error {
	if _, err := s.System.Exec(ctx, qDropPending, u); err != nil {
		return dbkernel.Wrap("end pending logins", err)
	}
	_, err := s.System.Exec(ctx, qDeleteLogins, u, except)
	return dbkernel.Wrap("end logins", err)
}

func loginDest(l *user.Login) []any {
	return []any{&l.ID, &l.User, dbkernel.TimeDest(&l.CreatedAt), dbkernel.TimeDest(&l.LastSeenAt), dbkernel.TimeDest(&l.Expires), &l.Peer, &l.UserAgent, &l.Via}
}
