package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

var (
	qPutAuthenticator = area.CrossTenant(reasonPeople, `INSERT INTO main.authenticators (user_id, secret, created_at) VALUES ($1, $2, $3)
		ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at WHERE authenticators.confirmed_at IS NULL`)
	qAuthenticator        = area.CrossTenant(reasonPeople, `SELECT secret, last_step, confirmed_at FROM authenticators WHERE user_id = $1`)
	qConfirmAuthenticator = area.CrossTenant(reasonPeople, `UPDATE main.authenticators SET confirmed_at = $3, last_step = $4 WHERE user_id = $1 AND secret = $2 AND confirmed_at IS NULL`)
	qTakeStep             = area.CrossTenant(reasonPeople, `UPDATE main.authenticators SET last_step = $2 WHERE user_id = $1 AND last_step < $2 AND confirmed_at IS NOT NULL`)
	qDropAuthenticator    = area.CrossTenant(reasonPeople, `DELETE FROM main.authenticators WHERE user_id = $1`)

	qAddRecovery   = area.CrossTenant(reasonPeople, `INSERT INTO main.recovery_codes (user_id, hash) VALUES ($1, $2)`)
	qUseRecovery   = area.CrossTenant(reasonPeople, `DELETE FROM main.recovery_codes WHERE user_id = $1 AND hash = $2`)
	qDropRecovery  = area.CrossTenant(reasonPeople, `DELETE FROM main.recovery_codes WHERE user_id = $1`)
	qCountRecovery = area.CrossTenant(reasonPeople, `SELECT count(*) FROM recovery_codes WHERE user_id = $1`)

	qAddPending = area.CrossTenant(dbkernel.ReasonSignIn, `INSERT INTO main.pending_logins (id, user_id, expires_at) VALUES ($1, $2, $3)`)
	qPending    = area.CrossTenant(dbkernel.ReasonSignIn, `SELECT `+userColumns+` FROM pending_logins p JOIN users u ON u.id = p.user_id
		WHERE p.id = $1 AND p.expires_at > $2 AND u.is_active = 1`)
	qUsePending    = area.CrossTenant(dbkernel.ReasonSignIn, `DELETE FROM main.pending_logins WHERE id = $1 AND expires_at > $2`)
	qDropPending   = area.CrossTenant(reasonPeople, `DELETE FROM main.pending_logins WHERE user_id = $1`)
	qOldChallenges = area.CrossTenant(reasonExpiry, `DELETE FROM main.spent_challenges WHERE expires_at <= $1`)
	qOldPending    = area.CrossTenant(reasonExpiry, `DELETE FROM main.pending_logins WHERE expires_at <= $1`)
)

// Authenticator is a person's authenticator app: its sealed secret, the last step whose code was used, and when it was confirmed; nil
// is not confirmed.
type Authenticator struct {
	Secret      string
	LastStep    int64
	ConfirmedAt *time.Time
}

// PutAuthenticator stores the sealed secret of an unconfirmed app in place of an earlier one. ok is false, and nothing changes, if the
// person has a confirmed app.
func (s System) PutAuthenticator(ctx context.Context, u tenant.UserID, sealed string, now time.Time) (ok bool, err error) {
	n, err := s.System.Exec(ctx, qPutAuthenticator, u, sealed, dbkernel.Millis(now))
	return n == 1, dbkernel.Wrap("put authenticator", err)
}

// Authenticator reads a person's authenticator app, confirmed or not, and reports whether there is one.
func (s System) Authenticator(ctx context.Context, u tenant.UserID) (Authenticator, bool, error) {
	return dbkernel.Maybe(func(r dbkernel.Scanner) (a Authenticator, err error) {
		var confirmed dbkernel.NullTime
		err = r.Scan(&a.Secret, &a.LastStep, &confirmed)
		a.ConfirmedAt = confirmed.Time
		return a, err
	})(s.System.Query(ctx, qAuthenticator, u))
}

// ConfirmAuthenticator confirms the app with a sealed secret. ok is false if it was replaced or confirmed before.
func (s System) ConfirmAuthenticator(ctx context.Context, u tenant.UserID, sealed string, step int64, now time.Time) (ok bool, err error) {
	n, err := s.System.Exec(ctx, qConfirmAuthenticator, u, sealed, dbkernel.Millis(now), step)
	return n == 1, dbkernel.Wrap("confirm authenticator", err)
}

// UseCode marks the code of a step as used. ok is false if that code or a later one was used before.
func (s System) UseCode(ctx context.Context, u tenant.UserID, step int64) (ok bool, err error) {
	n, err := s.System.Exec(ctx, qTakeStep, u, step)
	return n == 1, dbkernel.Wrap("mark code as used", err)
}

// DropAuthenticator deletes a person's app, if there is one.
func (s System) DropAuthenticator(ctx context.Context, u tenant.UserID) error {
	_, err := s.System.Exec(ctx, qDropAuthenticator, u)
	return dbkernel.Wrap("drop authenticator", err)
}

// PutRecoveryCodes replaces a person's recovery codes with those of hashes; nil deletes them.
func (s System) PutRecoveryCodes(ctx context.Context, u tenant.UserID, hashes []string) error {
	if _, err := s.System.Exec(ctx, qDropRecovery, u); err != nil {
		return dbkernel.Wrap("drop recovery codes", err)
	}
	for _, h := range hashes {
		if _, err := s.System.Exec(ctx, qAddRecovery, u, h); err != nil {
			return dbkernel.Wrap("add recovery code", err)
		}
	}
	return nil
}

// UseRecoveryCode deletes a recovery code. ok is false if the person has no such code.
func (s System) UseRecoveryCode(ctx context.Context, u tenant.UserID, hash string) (ok bool, err error) {
	n, err := s.System.Exec(ctx, qUseRecovery, u, hash)
	return n == 1, dbkernel.Wrap("use recovery code", err)
}

// CountRecoveryCodes counts a person's unused recovery codes.
func (s System) CountRecoveryCodes(ctx context.Context, u tenant.UserID) (int, error) {
	return dbkernel.First("recovery code", dbkernel.Value[int])(s.System.Query(ctx, qCountRecovery, u))
}

// AddPending stores that a person has passed the first step of a sign-in.
func (s System) AddPending(ctx context.Context, id string, u tenant.UserID, expires time.Time) error {
	_, err := s.System.Exec(ctx, qAddPending, id, u, dbkernel.Millis(expires))
	return dbkernel.Wrap("add pending login", err)
}

// Pending reads the person who passed the first step of a sign-in; Missing if it was used, has expired, or the person is inactive.
func (s System) Pending(ctx context.Context, id string, now time.Time) (user.User, error) {
	return dbkernel.First("pending login", scanUser)(s.System.Query(ctx, qPending, id, dbkernel.Millis(now)))
}

// UsePending deletes a pending login, so that it works once. ok is false if it was used before or has expired.
func (s System) UsePending(ctx context.Context, id string, now time.Time) (ok bool, err error) {
	n, err := s.System.Exec(ctx, qUsePending, id, dbkernel.Millis(now))
	return n == 1, dbkernel.Wrap("use pending login", err)
}

// dropOldSteps deletes pending logins and challenges that have expired.
func (s System) dropOldSteps(ctx context.Context, now time.Time) error {
	if _, err := s.System.Exec(ctx, qOldPending, dbkernel.Millis(now)); err != nil {
		return dbkernel.Wrap("sweep pending logins", err)
	}
	_, err := s.System.Exec(ctx, qOldChallenges, dbkernel.Millis(now))
	return dbkernel.Wrap("sweep challenges", err)
}
