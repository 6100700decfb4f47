package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

var (
	qPutAuthenticator = across(people, `INSERT INTO main.authenticators (user_id, secret, created_at) VALUES ($1, $2, $3)
		ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at WHERE authenticators.confirmed_at IS NULL`)
	qAuthenticator        = across(people, `SELECT secret, last_step, confirmed_at FROM authenticators WHERE user_id = $1`)
	qConfirmAuthenticator = across(people, `UPDATE main.authenticators SET confirmed_at = $3, last_step = $4 WHERE user_id = $1 AND secret = $2 AND confirmed_at IS NULL`)
	qTakeStep             = across(people, `UPDATE main.authenticators SET last_step = $2 WHERE user_id = $1 AND last_step < $2 AND confirmed_at IS NOT NULL`)
	qDropAuthenticator    = across(people, `DELETE FROM main.authenticators WHERE user_id = $1`)

	qAddRecovery   = across(people, `INSERT INTO main.recovery_codes (user_id, hash) VALUES ($1, $2)`)
	qUseRecovery   = across(people, `DELETE FROM main.recovery_codes WHERE user_id = $1 AND hash = $2`)
	qDropRecovery  = across(people, `DELETE FROM main.recovery_codes WHERE user_id = $1`)
	qCountRecovery = across(people, `SELECT count(*) FROM recovery_codes WHERE user_id = $1`)

	qAddPending = across(nobodyYet, `INSERT INTO main.pending_logins (id, user_id, expires_at) VALUES ($1, $2, $3)`)
	qPending    = across(nobodyYet, `SELECT `+userColumns+` FROM pending_logins p JOIN users u ON u.id = p.user_id
		WHERE p.id = $1 AND p.expires_at > $2 AND u.is_active = 1`)
	qUsePending    = across(nobodyYet, `DELETE FROM main.pending_logins WHERE id = $1 AND expires_at > $2`)
	qDropPending   = across(people, `DELETE FROM main.pending_logins WHERE user_id = $1`)
	qOldChallenges = across("what has expired is swept at once for everybody", `DELETE FROM main.spent_challenges WHERE expires_at <= $1`)
	qOldPending    = across("what has expired is swept at once for everybody", `DELETE FROM main.pending_logins WHERE expires_at <= $1`)
)

// Authenticator is a person's authenticator app: its sealed secret, the last step whose code was taken, and since when it counts.
type Authenticator struct {
	Secret      string
	LastStep    int64
	ConfirmedAt *time.Time
}

// PutAuthenticator stores the sealed secret of an app that is not confirmed yet, in place of an earlier one; ok is false when
// a confirmed one is there.
func (s *System) PutAuthenticator(ctx context.Context, u tenant.UserID, sealed string, now time.Time) (ok bool, err error) {
	n, err := s.exec(ctx, qPutAuthenticator, u, sealed, ms(now))
	return n == 1, wrap("put authenticator", err)
}

// Authenticator reads a person's authenticator app, confirmed or not.
func (s *System) Authenticator(ctx context.Context, u tenant.UserID) (Authenticator, bool, error) {
	return maybe(func(r scanner) (a Authenticator, err error) {
		var confirmed nullTime
		err = r.Scan(&a.Secret, &a.LastStep, &confirmed)
		a.ConfirmedAt = confirmed.time
		return a, err
	})(s.query(ctx, qAuthenticator, u))
}

// ConfirmAuthenticator lets the app with this sealed secret count from now on; ok is false when somebody was first.
func (s *System) ConfirmAuthenticator(ctx context.Context, u tenant.UserID, sealed string, step int64, now time.Time) (ok bool, err error) {
	n, err := s.exec(ctx, qConfirmAuthenticator, u, sealed, ms(now), step)
	return n == 1, wrap("confirm authenticator", err)
}

// TakeStep notes that a step's code was taken; ok is false when that or a later one was taken before.
func (s *System) TakeStep(ctx context.Context, u tenant.UserID, step int64) (ok bool, err error) {
	n, err := s.exec(ctx, qTakeStep, u, step)
	return n == 1, wrap("take a code", err)
}

// DropAuthenticator forgets a person's app; one that is not there is fine.
func (s *System) DropAuthenticator(ctx context.Context, u tenant.UserID) error {
	_, err := s.exec(ctx, qDropAuthenticator, u)
	return wrap("drop authenticator", err)
}

// PutRecoveryCodes stores hashes of recovery codes in place of the earlier ones; none is left for nil.
func (s *System) PutRecoveryCodes(ctx context.Context, u tenant.UserID, hashes []string) error {
	if _, err := s.exec(ctx, qDropRecovery, u); err != nil {
		return wrap("drop recovery codes", err)
	}
	for _, h := range hashes {
		if _, err := s.exec(ctx, qAddRecovery, u, h); err != nil {
			return wrap("add recovery code", err)
		}
	}
	return nil
}

// UseRecoveryCode uses a code up; ok is false when it is none of the person's, or used.
func (s *System) UseRecoveryCode(ctx context.Context, u tenant.UserID, hash string) (ok bool, err error) {
	n, err := s.exec(ctx, qUseRecovery, u, hash)
	return n == 1, wrap("use recovery code", err)
}

// CountRecoveryCodes counts a person's unused recovery codes.
func (s *System) CountRecoveryCodes(ctx context.Context, u tenant.UserID) (int, error) {
	return first("recovery code", value[int])(s.query(ctx, qCountRecovery, u))
}

// AddPending stores that a person has proved the first step of signing in.
func (s *System) AddPending(ctx context.Context, id string, u tenant.UserID, expires time.Time) error {
	_, err := s.exec(ctx, qAddPending, id, u, ms(expires))
	return wrap("add pending login", err)
}

// Pending reads who has proved the first step; Missing when it was used, has expired, or its person is inactive.
func (s *System) Pending(ctx context.Context, id string, now time.Time) (user.User, error) {
	return first("pending login", scanUser)(s.query(ctx, qPending, id, ms(now)))
}

// UsePending uses a pending login up; ok is false when somebody was first.
func (s *System) UsePending(ctx context.Context, id string, now time.Time) (ok bool, err error) {
	n, err := s.exec(ctx, qUsePending, id, ms(now))
	return n == 1, wrap("use pending login", err)
}

// dropOldSteps forgets second steps that nobody took, and challenges that are too old to be answered.
func (s *System) dropOldSteps(ctx context.Context, now time.Time) error {
	if _, err := s.exec(ctx, qOldPending, ms(now)); err != nil {
		return wrap("sweep pending logins", err)
	}
	_, err := s.exec(ctx, qOldChallenges, ms(now))
	return wrap("sweep challenges", err)
}
