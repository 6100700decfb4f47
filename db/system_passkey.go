package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const passkeyColumns = `k.id, k.name, k.created_at, k.last_used_at, k.refused_at, k.credential`

var (
	qAddPasskey = across(people, `INSERT INTO main.passkeys (id, user_id, credential_id, credential, name, sign_count, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`)
	qPasskeys   = across(people, `SELECT `+passkeyColumns+` FROM passkeys k WHERE k.user_id = $1 ORDER BY k.id`)
	// A counter that was read is replaced once: of two answers with one counter, one counts.
	qUsePasskey = across(nobodyYet, `UPDATE main.passkeys SET credential = $3, sign_count = $4, last_used_at = $5
		WHERE id = $1 AND credential = $2 AND refused_at IS NULL`)
	qRefusePasskey  = across(nobodyYet, `UPDATE main.passkeys SET refused_at = $2 WHERE id = $1 AND refused_at IS NULL`)
	qDropPasskey    = across(people, `DELETE FROM main.passkeys WHERE user_id = $1 AND id = $2`)
	qDropPasskeys   = across(people, `DELETE FROM main.passkeys WHERE user_id = $1`)
	qSpendChallenge = across(nobodyYet, `INSERT INTO main.spent_challenges (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`)
)

// AddPasskey stores a passkey; Conflict when it is registered already, with whomever.
func (s *System) AddPasskey(ctx context.Context, u tenant.UserID, p factor.Passkey, credentialID string, count uint32) error {
	_, err := s.exec(ctx, qAddPasskey, p.ID, u, credentialID, p.Credential, p.Name, int64(count), ms(p.CreatedAt))
	return wrap("add passkey", taken(err, "", "This passkey is registered already."))
}

// Passkeys lists a person's passkeys, the oldest first.
func (s *System) Passkeys(ctx context.Context, u tenant.UserID) ([]factor.Passkey, error) {
	return collect(func(r scanner) (p factor.Passkey, err error) {
		var used, refused nullTime
		err = r.Scan(&p.ID, &p.Name, stamp(&p.CreatedAt), &used, &refused, &p.Credential)
		p.LastUsedAt, p.RefusedAt = used.time, refused.time
		return p, err
	})(s.query(ctx, qPasskeys, u))
}

// UsePasskey stores what an answer changed in a passkey that was read as was; ok is false when another answer was first.
func (s *System) UsePasskey(ctx context.Context, was factor.Passkey, credential string, count uint32, now time.Time) (ok bool, err error) {
	n, err := s.exec(ctx, qUsePasskey, was.ID, was.Credential, credential, int64(count), ms(now))
	return n == 1, wrap("use passkey", err)
}

// RefusePasskey lets a passkey open nothing any more.
func (s *System) RefusePasskey(ctx context.Context, id string, now time.Time) error {
	_, err := s.exec(ctx, qRefusePasskey, id, ms(now))
	return wrap("refuse passkey", err)
}

// DropPasskey forgets a passkey; Missing when it is not that person's.
func (s *System) DropPasskey(ctx context.Context, u tenant.UserID, id string) error {
	return s.must(ctx, "passkey", qDropPasskey, u, id)
}

// DropPasskeys forgets all passkeys of a person.
func (s *System) DropPasskeys(ctx context.Context, u tenant.UserID) error {
	_, err := s.exec(ctx, qDropPasskeys, u)
	return wrap("drop passkeys", err)
}

// Spend notes that a challenge was answered; ok is false when it was before.
func (s *System) Spend(ctx context.Context, hash string, until time.Time) (ok bool, err error) {
	n, err := s.exec(ctx, qSpendChallenge, hash, ms(until))
	return n == 1, wrap("spend a challenge", err)
}
