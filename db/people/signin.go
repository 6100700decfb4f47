package people

import (
	"context"
	"time"
	"unicode/utf8"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
)

const (
	reasonExpiry = "what has expired is deleted for everybody at once"
	reasonSetUp  = "the set-up of an instance comes before its first team"
)

var (
	qPutCookie = area.CrossTenant(dbkernel.ReasonSignIn, `INSERT INTO main.cookies (token_hash, data, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (token_hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`)
	qCookie       = area.CrossTenant(dbkernel.ReasonSignIn, `SELECT data FROM cookies WHERE token_hash = $1 AND expires_at > $2`)
	qDeleteCookie = area.CrossTenant(dbkernel.ReasonSignIn, `DELETE FROM main.cookies WHERE token_hash = $1`)

	qOldCookies  = area.CrossTenant(reasonExpiry, `DELETE FROM main.cookies WHERE expires_at <= $1`)
	qOldLogins   = area.CrossTenant(reasonExpiry, `DELETE FROM main.logins WHERE expires_at <= $1`)
	qOldFailures = area.CrossTenant(reasonExpiry, `DELETE FROM main.login_failures WHERE blocked_until <= $1 AND first_at <= $2`)

	qPaused     = area.CrossTenant(dbkernel.ReasonSignIn, `SELECT blocked_until FROM login_failures WHERE key = $1`)
	qFailures   = area.CrossTenant(dbkernel.ReasonSignIn, `SELECT n FROM login_failures WHERE key = $1 AND first_at > $2`)
	qAddFailure = area.CrossTenant(dbkernel.ReasonSignIn, `INSERT INTO main.login_failures (key, n, first_at, blocked_until) VALUES ($1, 1, $2, 0)
		ON CONFLICT (key) DO UPDATE SET n = CASE WHEN login_failures.first_at <= $3 THEN 1 ELSE login_failures.n + 1 END,
		first_at = CASE WHEN login_failures.first_at <= $3 THEN excluded.first_at ELSE login_failures.first_at END RETURNING n, blocked_until`)
	qBlock         = area.CrossTenant(dbkernel.ReasonSignIn, `UPDATE main.login_failures SET blocked_until = $2 WHERE key = $1 AND blocked_until < $2`)
	qClearFailures = area.CrossTenant(dbkernel.ReasonSignIn, `DELETE FROM main.login_failures WHERE key = $1`)
	qClearPeers    = area.CrossTenant(dbkernel.ReasonSignIn, `DELETE FROM main.login_failures WHERE substr(key, 1, $2) = $1`)

	qDropLinks = area.CrossTenant(reasonSetUp, `DELETE FROM main.setup_links`)
	qAddLink   = area.CrossTenant(reasonSetUp, `INSERT INTO main.setup_links (token_hash, expires_at) VALUES ($1, $2)`)
	qUseLink   = area.CrossTenant(reasonSetUp, `UPDATE main.setup_links SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2`)
	qLinkValid = area.CrossTenant(reasonSetUp, `SELECT count(*) FROM setup_links WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2`)
)

// PutCookie stores the data of a cookie session under the hash of its token.
func (s System) PutCookie(ctx context.Context, tokenHash string, data []byte, expires time.Time) error {
	if data == nil {
		data = []byte{}
	}
	_, err := s.System.Exec(ctx, qPutCookie, tokenHash, data, dbkernel.Millis(expires))
	return dbkernel.Wrap("store cookie", err)
}

// Cookie reads the data of a cookie session; found is false if there is none or it has expired.
func (s System) Cookie(ctx context.Context, tokenHash string) (data []byte, found bool, err error) {
	return dbkernel.Maybe(dbkernel.Value[[]byte])(s.System.Query(ctx, qCookie, tokenHash, dbkernel.Millis(s.System.Now())))
}

// DeleteCookie deletes a cookie session.
func (s System) DeleteCookie(ctx context.Context, tokenHash string) error {
	_, err := s.System.Exec(ctx, qDeleteCookie, tokenHash)
	return dbkernel.Wrap("delete cookie", err)
}

// keepFailures is how long failed sign-ins are stored.
const keepFailures = 24 * time.Hour

// DeleteExpired deletes cookies, logins, pending logins, known browsers and challenges that have expired, and failures older than a day.
func (s System) DeleteExpired(ctx context.Context, now time.Time) error {
	if _, err := s.System.Exec(ctx, qOldCookies, dbkernel.Millis(now)); err != nil {
		return dbkernel.Wrap("delete expired cookies", err)
	}
	if _, err := s.System.Exec(ctx, qOldLogins, dbkernel.Millis(now)); err != nil {
		return dbkernel.Wrap("delete expired logins", err)
	}
	if _, err := s.System.Exec(ctx, qOldBrowsers, dbkernel.Millis(now)); err != nil {
		return dbkernel.Wrap("forget browsers that were not used", err)
	}
	if err := s.dropOldSteps(ctx, now); err != nil {
		return err
	}
	_, err := s.System.Exec(ctx, qOldFailures, dbkernel.Millis(now), dbkernel.Millis(now.Add(-keepFailures)))
	return dbkernel.Wrap("delete old failures", err)
}

type failures struct {
	n            int
	blockedUntil time.Time
}

func scanFailures(r dbkernel.Scanner) (f failures, err error) {
	err = r.Scan(&f.n, dbkernel.TimeDest(&f.blockedUntil))
	return f, err
}

// PausedUntil reads until when key is paused; zero if it never was.
func (s System) PausedUntil(ctx context.Context, key string) (until time.Time, err error) {
	until, _, err = dbkernel.Maybe(func(r dbkernel.Scanner) (t time.Time, err error) { err = r.Scan(dbkernel.TimeDest(&t)); return t, err })(s.System.Query(ctx, qPaused, key))
	return until, dbkernel.Wrap("read pause", err)
}

// Failures reads how many attempts have failed under key, if the first one that counts was after since.
func (s System) Failures(ctx context.Context, key string, since time.Time) (int, error) {
	n, _, err := dbkernel.Maybe(dbkernel.Value[int64])(s.System.Query(ctx, qFailures, key, dbkernel.Millis(since)))
	return int(n), dbkernel.Wrap("read failures", err)
}

// AddFailure counts a failed sign-in under key and returns the number of failures within window. Each failure starting with number
// limit blocks the key for block.
func (s System) AddFailure(ctx context.Context, key string, now time.Time, window time.Duration, limit int, block time.Duration) (n int, blockedUntil time.Time, err error) {
	f, err := dbkernel.First("failure", scanFailures)(s.System.Query(ctx, qAddFailure, key, dbkernel.Millis(now), dbkernel.Millis(now.Add(-window))))
	if err != nil || f.n < limit {
		return f.n, f.blockedUntil, dbkernel.Wrap("count failure", err)
	}
	until := now.Add(block)
	_, err = s.System.Exec(ctx, qBlock, key, dbkernel.Millis(until))
	return f.n, until, dbkernel.Wrap("block sign-in", err)
}

// ClearFailures deletes the failures under key.
func (s System) ClearFailures(ctx context.Context, key string) error {
	_, err := s.System.Exec(ctx, qClearFailures, key)
	return dbkernel.Wrap("clear failures", err)
}

// ClearAccount deletes the failures under key, and under key and any address.
func (s System) ClearAccount(ctx context.Context, key string) error {
	if err := s.ClearFailures(ctx, key); err != nil {
		return err
	}
	_, err := s.System.Exec(ctx, qClearPeers, key+"|", utf8.RuneCountInString(key)+1)
	return dbkernel.Wrap("clear an account's failures", err)
}

// AddSetupLink stores the hash of the set-up link, which replaces an earlier one.
func (s System) AddSetupLink(ctx context.Context, hash string, expires time.Time) error {
	if _, err := s.System.Exec(ctx, qDropLinks); err != nil {
		return dbkernel.Wrap("drop set-up links", err)
	}
	_, err := s.System.Exec(ctx, qAddLink, hash, dbkernel.Millis(expires))
	return dbkernel.Wrap("add set-up link", err)
}

// UseSetupLink marks the set-up link as used. ok is false if it was used before, has expired, or never existed.
func (s System) UseSetupLink(ctx context.Context, hash string, now time.Time) (ok bool, err error) {
	n, err := s.System.Exec(ctx, qUseLink, hash, dbkernel.Millis(now))
	return n == 1, dbkernel.Wrap("use set-up link", err)
}

// SetupLinkValid reports whether UseSetupLink would accept the link.
func (s System) SetupLinkValid(ctx context.Context, hash string, now time.Time) (bool, error) {
	n, err := dbkernel.First("set-up link", dbkernel.Value[int64])(s.System.Query(ctx, qLinkValid, hash, dbkernel.Millis(now)))
	return n == 1, err
}
