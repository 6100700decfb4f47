package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const passkeyColumns = `k.id, k.name, k.created_at, k.last_used_at, k.refused_at, k.credential`

var (
	qAddPasskey = area.CrossTenant(reasonPeople, `INSERT INTO main.passkeys (id, user_id, credential_id, credential, name, sign_count, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`)
	qPasskeys   = area.CrossTenant(reasonPeople, `SELECT `+passkeyColumns+` FROM passkeys k WHERE k.user_id = $1 ORDER BY k.id`)
	// The credential is compared and set: of two answers with the same counter, one is accepted.
	qUsePasskey = area.CrossTenant(dbkernel.ReasonSignIn, `UPDATE main.passkeys SET credential = $3, sign_count = $4, last_used_at = $5
		WHERE id = $1 AND credential = $2 AND refused_at IS NULL`)
	qRefusePasskey  = area.CrossTenant(dbkernel.ReasonSignIn, `UPDATE main.passkeys SET refused_at = $2 WHERE id = $1 AND refused_at IS NULL`)
	qDropPasskey    = area.CrossTenant(reasonPeople, `DELETE FROM main.passkeys WHERE user_id = $1 AND id = $2`)
	qDropPasskeys   = area.CrossTenant(reasonPeople, `DELETE FROM main.passkeys WHERE user_id = $1`)
	qSpendChallenge = area.CrossTenant(dbkernel.ReasonSignIn, `INSERT INTO main.spent_challenges (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`)
)

// AddPasskey stores a passkey; Conflict if any person has registered it.
func (s System) AddPasskey(ctx context.Context, u tenant.UserID, p factor.Passkey, credentialID string, count uint32) error {
	_, err := s.System.Exec(ctx, qAddPasskey, p.ID, u, credentialID, p.Credential, p.Name, int64(count), dbkernel.Millis(p.CreatedAt))
	return dbkernel.Wrap("add passkey", dbkernel.Taken(err, "", "This passkey is already registered."))
}

// Passkeys lists a person's passkeys, oldest first.
func (s System) Passkeys(ctx context.Context, u tenant.UserID) ([]factor.Passkey, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (p factor.Passkey, err error) {
		var used, refused dbkernel.NullTime
		err = r.Scan(&p.ID, &p.Name, dbkernel.TimeDest(&p.CreatedAt), &used, &refused, &p.Credential)
		p.LastUsedAt, p.RefusedAt = used.Time, refused.Time
		return p, err
	})(s.System.Query(ctx, qPasskeys, u))
}

// UsePasskey stores the credential and the counter after an answer. ok is false if the passkey is no longer was, because another
// answer was first, or is rejected.
func (s System) UsePasskey(ctx context.Context, was factor.Passkey, credential string, count uint32, now time.Time) (ok bool, err error) {
	n, err := s.System.Exec(ctx, qUsePasskey, was.ID, was.Credential, credential, int64(count), dbkernel.Millis(now))
	return n == 1, dbkernel.Wrap("use passkey", err)
}

// RefusePasskey blocks a passkey for good.
func (s System) RefusePasskey(ctx context.Context, id string, now time.Time) error {
	_, err := s.System.Exec(ctx, qRefusePasskey, id, dbkernel.Millis(now))
	return dbkernel.Wrap("refuse passkey", err)
}

// DropPasskey deletes a passkey; Missing if it is not that person's.
func (s System) DropPasskey(ctx context.Context, u tenant.UserID, id string) error {
	return s.System.ExecOne(ctx, "passkey", qDropPasskey, u, id)
}

// DropPasskeys deletes all passkeys of a person.
func (s System) DropPasskeys(ctx context.Context, u tenant.UserID) error {
	_, err := s.System.Exec(ctx, qDropPasskeys, u)
	return dbkernel.Wrap("drop passkeys", err)
}

// SpendChallenge marks a challenge as answered. ok is false if it was answered before.
func (s System) SpendChallenge(ctx context.Context, hash string, until time.Time) (ok bool, err error) {
	n, err := s.System.Exec(ctx, qSpendChallenge, hash, dbkernel.Millis(until))
	return n == 1, dbkernel.Wrap("mark challenge as answered", err)
}
