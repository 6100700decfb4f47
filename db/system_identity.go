package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

const identityColumns = `d.issuer, d.subject, d.user_id, d.email, d.linked_at, d.last_seen_at`

var (
	qUserByIdentity = across(nobodyYet, `SELECT `+userColumns+` FROM identities d JOIN users u ON u.id = d.user_id WHERE d.issuer = $1 AND d.subject = $2`)
	qIdentity       = across(people, `SELECT `+identityColumns+` FROM identities d WHERE d.user_id = $1 AND d.issuer = $2`)
	qAddIdentity    = across(people, `INSERT INTO main.identities (issuer, subject, user_id, email, linked_at, last_seen_at) VALUES ($1, $2, $3, $4, $5, $6)`)
	qSeeIdentity    = across(nobodyYet, `UPDATE main.identities SET email = $3, last_seen_at = $4 WHERE issuer = $1 AND subject = $2`)
	qDropIdentity   = across(people, `DELETE FROM main.identities WHERE user_id = $1 AND issuer = $2`)
	qIsInvited      = across(invited, `SELECT count(*) FROM invitations WHERE email_folded = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2`)

	qPutLoginLink = across(people, `INSERT INTO main.login_links (user_id, token_hash, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at`)
	qLoginLinkUser = across(nobodyYet, `SELECT `+userColumns+` FROM login_links r JOIN users u ON u.id = r.user_id
		WHERE r.token_hash = $1 AND r.expires_at > $2 AND u.is_active = 1`)
	qUseLoginLink  = across(nobodyYet, `DELETE FROM main.login_links WHERE token_hash = $1 AND expires_at > $2`)
	qOldLoginLinks = across("what has expired is swept at once for everybody", `DELETE FROM main.login_links WHERE expires_at <= $1`)
)

// UserByIdentity reads the person of a provider's account, active or not; Missing when nobody has it.
func (s *System) UserByIdentity(ctx context.Context, issuer, subject string) (user.User, error) {
	return first("person", scanUser)(s.query(ctx, qUserByIdentity, issuer, subject))
}

// Identity reads a person's account at a provider; found is false when there is none.
func (s *System) Identity(ctx context.Context, u tenant.UserID, issuer string) (d user.Identity, found bool, err error) {
	return maybe(func(r scanner) (d user.Identity, err error) {
		err = r.Scan(&d.Issuer, &d.Subject, &d.User, &d.Email, stamp(&d.LinkedAt), stamp(&d.LastSeenAt))
		return d, err
	})(s.query(ctx, qIdentity, u, issuer))
}

// AddIdentity binds a provider's account to a person; Conflict when it is somebody's, or the person has one there.
func (s *System) AddIdentity(ctx context.Context, d user.Identity) error {
	_, err := s.exec(ctx, qAddIdentity, d.Issuer, d.Subject, d.User, d.Email, ms(d.LinkedAt), ms(d.LastSeenAt))
	return wrap("add identity", taken(err, "", "This account of the identity provider is linked to a person already."))
}

// SeeIdentity notes that a provider's account signed in, and the e-mail address it has there now.
func (s *System) SeeIdentity(ctx context.Context, issuer, subject, email string, now time.Time) error {
	_, err := s.exec(ctx, qSeeIdentity, issuer, subject, email, ms(now))
	return wrap("see identity", err)
}

// DropIdentity parts a person from the account at a provider; Missing when there is none.
func (s *System) DropIdentity(ctx context.Context, u tenant.UserID, issuer string) error {
	return s.must(ctx, "identity", qDropIdentity, u, issuer)
}

// IsInvited says whether a team has an invitation for an e-mail address that works now.
func (s *System) IsInvited(ctx context.Context, email string, now time.Time) (bool, error) {
	n, err := first("invitation", value[int64])(s.query(ctx, qIsInvited, user.Fold(email), ms(now)))
	return n > 0, err
}

// PutLoginLink stores the hash of a person's one login link; an earlier one stops working.
func (s *System) PutLoginLink(ctx context.Context, u tenant.UserID, hash string, expires time.Time) error {
	_, err := s.exec(ctx, qPutLoginLink, u, hash, ms(expires))
	return wrap("put login link", err)
}

// LoginLinkUser reads whom a login link signs in; Missing when it was used, has expired, or its person is inactive.
func (s *System) LoginLinkUser(ctx context.Context, hash string, now time.Time) (user.User, error) {
	return first("login link", scanUser)(s.query(ctx, qLoginLinkUser, hash, ms(now)))
}

// UseLoginLink uses a link up; ok is false when somebody was first.
func (s *System) UseLoginLink(ctx context.Context, hash string, now time.Time) (ok bool, err error) {
	n, err := s.exec(ctx, qUseLoginLink, hash, ms(now))
	return n == 1, wrap("use login link", err)
}

// DropLoginLinks forgets the links that have expired.
func (s *System) DropLoginLinks(ctx context.Context, now time.Time) error {
	_, err := s.exec(ctx, qOldLoginLinks, ms(now))
	return wrap("drop login links", err)
}
