package db

import (
	"context"
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

var (
	qUsers = across(people, `SELECT `+userColumns+`, (SELECT count(*) FROM memberships m JOIN tenants t ON t.id = m.tenant_id
		WHERE m.user_id = u.id AND t.deleted_at IS NULL) FROM users u WHERE u.id > $1`)
	qSetAdmin   = across(people, `UPDATE main.users SET is_admin = $2 WHERE id = $1`)
	qLockAdmins = acrossLocked(people, `SELECT id FROM users WHERE is_admin = 1 AND is_active = 1 ORDER BY id`, `FOR NO KEY UPDATE`)

	pUserNamed   = piece(`AND (lower(u.name) LIKE ? ESCAPE '!' OR u.email_folded LIKE ? ESCAPE '!')`)
	pUserAfter   = piece(`AND (u.name, u.id) > (SELECT x.name, x.id FROM users x WHERE x.id = ?)`)
	pUserBefore  = piece(`AND (u.name, u.id) < (SELECT x.name, x.id FROM users x WHERE x.id = ?)`)
	pUsersByName = piece(`ORDER BY u.name, u.id LIMIT ?`)
	pUsersBack   = piece(`ORDER BY u.name DESC, u.id DESC LIMIT ?`)
)

// Users reads a page of people by name, in one statement, and says whether there are more beyond it. No password is read along.
func (s *System) Users(ctx context.Context, f user.Filter) (items []user.Line, more bool, err error) {
	q := qUsers.with()
	if f.Query != "" {
		like := likeOf(f.Query)
		q.and(pUserNamed, like, like)
	}
	switch {
	case f.After != "":
		q.and(pUserAfter, f.After).and(pUsersByName, f.Limit+1)
	case f.Before != "":
		q.and(pUserBefore, f.Before).and(pUsersBack, f.Limit+1)
	default:
		q.and(pUsersByName, f.Limit+1)
	}
	items, err = collect(scanLine)(s.find(ctx, q, ""))
	if more = len(items) > f.Limit; more {
		items = items[:f.Limit]
	}
	if f.Before != "" {
		slices.Reverse(items)
	}
	return items, more, wrap("list people", err)
}

func scanLine(r scanner) (l user.Line, err error) {
	err = r.Scan(append(userDest(&l.User), &l.Teams)...)
	l.PasswordHash = ""
	return l, err
}

// SetAdmin makes a person an admin of the instance, or no admin any more.
func (s *System) SetAdmin(ctx context.Context, u tenant.UserID, admin bool) error {
	return s.must(ctx, "person", qSetAdmin, u, bit(admin))
}

// LockAdmins lists the active admins and keeps them from changing until the transaction ends.
func (s *System) LockAdmins(ctx context.Context) ([]tenant.UserID, error) {
	ids, err := collect(value[tenant.UserID])(s.query(ctx, qLockAdmins))
	return ids, wrap("read admins", err)
}
