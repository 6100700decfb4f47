package db

import (
	"context"
	"time"
)

const nobodyYet = "whoever signs in is nobody yet"

var (
	qPutCookie = across(nobodyYet, `INSERT INTO main.cookies (token_hash, data, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (token_hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`)
	qCookie       = across(nobodyYet, `SELECT data FROM cookies WHERE token_hash = $1 AND expires_at > $2`)
	qDeleteCookie = across(nobodyYet, `DELETE FROM main.cookies WHERE token_hash = $1`)

	qOldCookies  = across("what has expired is swept at once for everybody", `DELETE FROM main.cookies WHERE expires_at <= $1`)
	qOldLogins   = across("what has expired is swept at once for everybody", `DELETE FROM main.logins WHERE expires_at <= $1`)
	qOldFailures = across("what has expired is swept at once for everybody", `DELETE FROM main.login_failures WHERE blocked_until <= $1 AND first_at <= $2`)

	qFailure    = across(nobodyYet, `SELECT n, blocked_until FROM login_failures WHERE key = $1`)
	qAddFailure = across(nobodyYet, `INSERT INTO main.login_failures (key, n, first_at, blocked_until) VALUES ($1, 1, $2, 0)
		ON CONFLICT (key) DO UPDATE SET n = CASE WHEN login_failures.first_at <= $3 THEN 1 ELSE login_failures.n + 1 END,
		first_at = CASE WHEN login_failures.first_at <= $3 THEN excluded.first_at ELSE login_failures.first_at END RETURNING n, blocked_until`)
	qBlock         = across(nobodyYet, `UPDATE main.login_failures SET blocked_until = $2 WHERE key = $1 AND blocked_until < $2`)
	qClearFailures = across(nobodyYet, `DELETE FROM main.login_failures WHERE key = $1`)

	qDropLinks = across("the first start has no team yet", `DELETE FROM main.setup_links`)
	qAddLink   = across("the first start has no team yet", `INSERT INTO main.setup_links (token_hash, expires_at) VALUES ($1, $2)`)
	qUseLink   = across("the first start has no team yet", `UPDATE main.setup_links SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2`)
	qLinkValid = across("the first start has no team yet", `SELECT count(*) FROM setup_links WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2`)

	qSetting    = across("settings belong to the instance", `SELECT value FROM settings WHERE name = $1`)
	qPutSetting = across("settings belong to the instance", `INSERT INTO main.settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`)
)

// PutCookie stores the data of a cookie session under its token as given, which is a hash already.
func (s *System) PutCookie(ctx context.Context, tokenHash string, data []byte, expires time.Time) error {
	if data == nil {
		data = []byte{}
	}
	_, err := s.exec(ctx, qPutCookie, tokenHash, data, ms(expires))
	return wrap("store cookie", err)
}

// Cookie reads the data of a cookie session; found is false when there is none or it has expired.
func (s *System) Cookie(ctx context.Context, tokenHash string) (data []byte, found bool, err error) {
	return maybe(value[[]byte])(s.query(ctx, qCookie, tokenHash, ms(s.now())))
}

// DeleteCookie forgets a cookie session.
func (s *System) DeleteCookie(ctx context.Context, tokenHash string) error {
	_, err := s.exec(ctx, qDeleteCookie, tokenHash)
	return wrap("delete cookie", err)
}

// keepFailures is how long failed sign-ins are remembered after the last pause.
const keepFailures = 24 * time.Hour

// DeleteExpired sweeps cookies and logins that have expired, and failures that are forgotten.
func (s *System) DeleteExpired(ctx context.Context, now time.Time) error {
	if _, err := s.exec(ctx, qOldCookies, ms(now)); err != nil {
		return wrap("sweep cookies", err)
	}
	if _, err := s.exec(ctx, qOldLogins, ms(now)); err != nil {
		return wrap("sweep logins", err)
	}
	if err := s.dropOldSteps(ctx, now); err != nil {
		return err
	}
	_, err := s.exec(ctx, qOldFailures, ms(now), ms(now.Add(-keepFailures)))
	return wrap("sweep failures", err)
}

type failures struct {
	n            int
	blockedUntil time.Time
}

func scanFailures(r scanner) (f failures, err error) {
	err = r.Scan(&f.n, stamp(&f.blockedUntil))
	return f, err
}

// Failure says how often signing in failed under key lately, and until when it is paused; zero when it did not.
func (s *System) Failure(ctx context.Context, key string) (n int, blockedUntil time.Time, err error) {
	f, _, err := maybe(scanFailures)(s.query(ctx, qFailure, key))
	return f.n, f.blockedUntil, wrap("read failures", err)
}

// AddFailure counts a failure under key within a window; from limit on, each pauses the key for block.
func (s *System) AddFailure(ctx context.Context, key string, now time.Time, window time.Duration, limit int, block time.Duration) (n int, blockedUntil time.Time, err error) {
	f, err := first("failure", scanFailures)(s.query(ctx, qAddFailure, key, ms(now), ms(now.Add(-window))))
	if err != nil || f.n < limit {
		return f.n, f.blockedUntil, wrap("count failure", err)
	}
	until := now.Add(block)
	_, err = s.exec(ctx, qBlock, key, ms(until))
	return f.n, until, wrap("pause", err)
}

// ClearFailures forgets the failures under key.
func (s *System) ClearFailures(ctx context.Context, key string) error {
	_, err := s.exec(ctx, qClearFailures, key)
	return wrap("clear failures", err)
}

// AddSetupLink stores the hash of the one set-up link; an earlier one stops working.
func (s *System) AddSetupLink(ctx context.Context, hash string, expires time.Time) error {
	if _, err := s.exec(ctx, qDropLinks); err != nil {
		return wrap("drop set-up links", err)
	}
	_, err := s.exec(ctx, qAddLink, hash, ms(expires))
	return wrap("add set-up link", err)
}

// UseSetupLink uses the link up; ok is false when it was used, has expired or never was.
func (s *System) UseSetupLink(ctx context.Context, hash string, now time.Time) (ok bool, err error) {
	n, err := s.exec(ctx, qUseLink, hash, ms(now))
	return n == 1, wrap("use set-up link", err)
}

// SetupLinkValid says whether the link could be used.
func (s *System) SetupLinkValid(ctx context.Context, hash string, now time.Time) (bool, error) {
	n, err := first("set-up link", value[int64])(s.query(ctx, qLinkValid, hash, ms(now)))
	return n == 1, err
}

// Setting reads a setting of the instance.
func (s *System) Setting(ctx context.Context, name string) (v string, found bool, err error) {
	return maybe(value[string])(s.query(ctx, qSetting, name))
}

// PutSetting sets a setting of the instance.
func (s *System) PutSetting(ctx context.Context, name, v string) error {
	_, err := s.exec(ctx, qPutSetting, name, v)
	return wrap("put setting", err)
}
