package people

import (
	"context"
	"slices"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

var (
	qUsers = area.CrossTenant(reasonPeople, `SELECT `+userColumns+`, (SELECT count(*) FROM memberships m JOIN tenants t ON t.id = m.tenant_id
		WHERE m.user_id = u.id AND t.deleted_at IS NULL) FROM users u WHERE u.id > $1`)
	qSetAdmin   = area.CrossTenant(reasonPeople, `UPDATE main.users SET is_admin = $2 WHERE id = $1`)
	qLockAdmins = area.CrossTenantLocked(reasonPeople, `SELECT id FROM users WHERE is_admin = 1 AND is_active = 1 ORDER BY id`, `FOR NO KEY UPDATE`)

	pUserNamed   = area.Clause(`AND (lower(u.name) LIKE ? ESCAPE '!' OR u.email_folded LIKE ? ESCAPE '!')`)
	pUserAfter   = area.Clause(`AND (u.name, u.id) > (SELECT x.name, x.id FROM users x WHERE x.id = ?)`)
	pUserBefore  = area.Clause(`AND (u.name, u.id) < (SELECT x.name, x.id FROM users x WHERE x.id = ?)`)
	pUsersByName = area.Clause(`ORDER BY u.name, u.id LIMIT ?`)
	pUsersBack   = area.Clause(`ORDER BY u.name DESC, u.id DESC LIMIT ?`)
)

// Users reads a page of people by name, in one statement, and reports whether more follow. It leaves out password hashes.
func (s System) Users(ctx context.Context, f user.Filter) (items []user.Line, more bool, err error) {
	q := qUsers.With()
	if f.Query != "" {
		like := dbkernel.LikePattern(f.Query)
		q.And(pUserNamed, like, like)
	}
	switch {
	case f.After != "":
		q.And(pUserAfter, f.After).And(pUsersByName, f.Limit+1)
	case f.Before != "":
		q.And(pUserBefore, f.Before).And(pUsersBack, f.Limit+1)
	default:
		q.And(pUsersByName, f.Limit+1)
	}
	items, err = dbkernel.Collect(scanLine)(s.System.Find(ctx, q, ""))
	if more = len(items) > f.Limit; more {
		items = items[:f.Limit]
	}
	if f.Before != "" {
		slices.Reverse(items)
	}
	return items, more, dbkernel.Wrap("list people", err)
}

func scanLine(r dbkernel.Scanner) (l user.Line, err error) {
	err = r.Scan(append(userDest(&l.User), &l.Teams)...)
	l.PasswordHash = ""
	return l, err
}

// SetAdmin makes a person an admin of the instance or removes that right.
func (s System) SetAdmin(ctx context.Context, u tenant.UserID, admin bool) error {
	return s.System.ExecOne(ctx, "person", qSetAdmin, u, dbkernel.Bit(admin))
}

// LockAdmins lists the active admins and locks them until the transaction ends.
func (s System) LockAdmins(ctx context.Context) ([]tenant.UserID, error) {
	ids, err := dbkernel.Collect(dbkernel.Value[tenant.UserID])(s.System.Query(ctx, qLockAdmins))
	return ids, dbkernel.Wrap("read admins", err)
}
