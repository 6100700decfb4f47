package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

const identityColumns = `d.issuer, d.subject, d.user_id, d.email, d.linked_at, d.last_seen_at`

var (
	qUserByIdentity = area.CrossTenant(dbkernel.ReasonSignIn, `SELECT `+userColumns+` FROM identities d JOIN users u ON u.id = d.user_id WHERE d.issuer = $1 AND d.subject = $2`)
	qIdentity       = area.CrossTenant(reasonPeople, `SELECT `+identityColumns+` FROM identities d WHERE d.user_id = $1 AND d.issuer = $2`)
	qAddIdentity    = area.CrossTenant(reasonPeople, `INSERT INTO main.identities (issuer, subject, user_id, email, linked_at, last_seen_at) VALUES ($1, $2, $3, $4, $5, $6)`)
	qSeeIdentity    = area.CrossTenant(dbkernel.ReasonSignIn, `UPDATE main.identities SET email = $3, last_seen_at = $4 WHERE issuer = $1 AND subject = $2`)
	qDropIdentity   = area.CrossTenant(reasonPeople, `DELETE FROM main.identities WHERE user_id = $1 AND issuer = $2`)
	qIsInvited      = area.CrossTenant(reasonInvited, `SELECT count(*) FROM invitations WHERE email_folded = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2`)

	qPutLoginLink = area.CrossTenant(reasonPeople, `INSERT INTO main.login_links (user_id, token_hash, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at`)
	qLoginLinkUser = area.CrossTenant(dbkernel.ReasonSignIn, `SELECT `+userColumns+` FROM login_links r JOIN users u ON u.id = r.user_id
		WHERE r.token_hash = $1 AND r.expires_at > $2 AND u.is_active = 1`)
	qUseLoginLink  = area.CrossTenant(dbkernel.ReasonSignIn, `DELETE FROM main.login_links WHERE token_hash = $1 AND expires_at > $2`)
	qOldLoginLinks = area.CrossTenant(reasonExpiry, `DELETE FROM main.login_links WHERE expires_at <= $1`)
)

// UserByIdentity reads the person linked to an account of an identity provider, active or not; Missing if there is none.
func (s System) UserByIdentity(ctx context.Context, issuer, subject string) (user.User, error) {
	return dbkernel.First("person", scanUser)(s.System.Query(ctx, qUserByIdentity, issuer, subject))
}

// Identity reads the account at a provider that a person is linked to; found is false if there is none.
func (s System) Identity(ctx context.Context, u tenant.UserID, issuer string) (d user.Identity, found bool, err error) {
	return dbkernel.Maybe(func(r dbkernel.Scanner) (d user.Identity, err error) {
		err = r.Scan(&d.Issuer, &d.Subject, &d.User, &d.Email, dbkernel.TimeDest(&d.LinkedAt), dbkernel.TimeDest(&d.LastSeenAt))
		return d, err
	})(s.System.Query(ctx, qIdentity, u, issuer))
}

// AddIdentity links a provider's account to a person; Conflict if the account is linked to a person, or the person to an account there.
func (s System) AddIdentity(ctx context.Context, d user.Identity) error {
	_, err := s.System.Exec(ctx, qAddIdentity, d.Issuer, d.Subject, d.User, d.Email, dbkernel.Millis(d.LinkedAt), dbkernel.Millis(d.LastSeenAt))
	return dbkernel.Wrap("add identity", dbkernel.Taken(err, "", "This identity provider account is already linked to a person."))
}

// TouchIdentity stores when a provider's account signed in last, and its e-mail address at the provider.
func (s System) TouchIdentity(ctx context.Context, issuer, subject, email string, now time.Time) error {
	_, err := s.System.Exec(ctx, qSeeIdentity, issuer, subject, email, dbkernel.Millis(now))
	return dbkernel.Wrap("update identity", err)
}

// DropIdentity unlinks a person from the account at a provider; Missing if there is none.
func (s System) DropIdentity(ctx context.Context, u tenant.UserID, issuer string) error {
	return s.System.ExecOne(ctx, "identity", qDropIdentity, u, issuer)
}

// IsInvited reports whether any team has a valid invitation for an e-mail address.
func (s System) IsInvited(ctx context.Context, email string, now time.Time) (bool, error) {
	n, err := dbkernel.First("invitation", dbkernel.Value[int64])(s.System.Query(ctx, qIsInvited, user.Fold(email), dbkernel.Millis(now)))
	return n > 0, err
}

// PutLoginLink stores the hash of a person's login link, which replaces an earlier one.
func (s System) PutLoginLink(ctx context.Context, u tenant.UserID, hash string, expires time.Time) error {
	_, err := s.System.Exec(ctx, qPutLoginLink, u, hash, dbkernel.Millis(expires))
	return dbkernel.Wrap("put login link", err)
}

// LoginLinkUser reads the person that a login link signs in; Missing if it was used, has expired, or the person is inactive.
func (s System) LoginLinkUser(ctx context.Context, hash string, now time.Time) (user.User, error) {
	return dbkernel.First("login link", scanUser)(s.System.Query(ctx, qLoginLinkUser, hash, dbkernel.Millis(now)))
}

// UseLoginLink deletes a login link, so that it works once. ok is false if it was used before or has expired.
func (s System) UseLoginLink(ctx context.Context, hash string, now time.Time) (ok bool, err error) {
	n, err := s.System.Exec(ctx, qUseLoginLink, hash, dbkernel.Millis(now))
	return n == 1, dbkernel.Wrap("use login link", err)
}

// DropLoginLinks deletes the login links that have expired.
func (s System) DropLoginLinks(ctx context.Context, now time.Time) error {
	_, err := s.System.Exec(ctx, qOldLoginLinks, dbkernel.Millis(now))
	return dbkernel.Wrap("drop login links", err)
}
