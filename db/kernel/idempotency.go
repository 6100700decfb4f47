package kernel

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

const reasonIdempotency = "idempotency keys of every team expire together"

var (
	qClaimKey = area.Scoped(`INSERT INTO main.idempotency_keys (tenant_id, id, via, idempotency_key, digest, claimed_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, via, idempotency_key) DO UPDATE SET id = excluded.id, digest = excluded.digest, claimed_at = excluded.claimed_at, committed = 0, response = ''
		WHERE idempotency_keys.claimed_at < $7 OR idempotency_keys.committed = 0 AND idempotency_keys.claimed_at < $8`)
	qKeyedRequest = area.Scoped(`SELECT id, via, idempotency_key, digest, claimed_at, committed, response FROM idempotency_keys WHERE tenant_id = $1 AND via = $2 AND idempotency_key = $3`)
	qCommitKey    = area.Scoped(`UPDATE main.idempotency_keys SET committed = 1 WHERE tenant_id = $1 AND id = $2`)
	qAnswerKey    = area.Scoped(`UPDATE main.idempotency_keys SET committed = 1, response = $3 WHERE tenant_id = $1 AND id = $2`)
	qReleaseKey   = area.Scoped(`DELETE FROM main.idempotency_keys WHERE tenant_id = $1 AND id = $2 AND committed = 0`)
	qLoseKey      = area.Scoped(`UPDATE main.idempotency_keys SET committed = 2 WHERE tenant_id = $1 AND id = $2 AND committed = 1 AND response = ''`)
	qLoseKeys     = area.CrossTenant(reasonIdempotency, `UPDATE main.idempotency_keys SET committed = 2 WHERE committed = 1 AND response = ''`)
	qDropKeys     = area.CrossTenant(reasonIdempotency, `DELETE FROM main.idempotency_keys WHERE claimed_at < $1`)
	qDropOpenKeys = area.CrossTenant(reasonIdempotency, `DELETE FROM main.idempotency_keys WHERE committed = 0`)
)

func init() {
	area.TeamTables("idempotency_keys")
	area.SealedColumn("idempotency_keys", "id", "response")
}

// KeyState is how far a request with an idempotency key has come.
type KeyState int

// The states of a request: nothing is stored yet; what it does is stored, and its response is stored or about to be; its response is lost.
const (
	KeyClaimed KeyState = iota
	KeyCommitted
	KeyLost
)

// KeyedRequest is a request with an idempotency key. Via is its credential. Response is its sealed answer, or empty.
type KeyedRequest struct {
	ID, Via, Key, Digest string
	ClaimedAt            time.Time
	State                KeyState
	Response             string
}

// ClaimKey stores a request under its key unless there is one with this key. One from before expired, or one from before abandoned that
// did nothing, is replaced. ok is false if another request has the key.
func (s *Scope) ClaimKey(ctx context.Context, r KeyedRequest, expired, abandoned time.Time) (ok bool, err error) {
	n, err := s.Exec(ctx, qClaimKey, r.ID, r.Via, r.Key, r.Digest, Millis(r.ClaimedAt), Millis(expired), Millis(abandoned))
	return n == 1, Wrap("claim idempotency key", err)
}

// KeyedRequest reads the request that a credential sent with a key; Missing if there is none.
func (s *Scope) KeyedRequest(ctx context.Context, via, key string) (KeyedRequest, error) {
	return First("idempotency key", func(r Scanner) (k KeyedRequest, err error) {
		err = r.Scan(&k.ID, &k.Via, &k.Key, &k.Digest, TimeDest(&k.ClaimedAt), &k.State, &k.Response)
		return k, err
	})(s.Query(ctx, qKeyedRequest, via, key))
}

// CommitKey notes, in the transaction of what a request does, that it is done. Conflict if another request has taken over the key.
func (s *Scope) CommitKey(ctx context.Context, id string) error {
	n, err := s.Exec(ctx, qCommitKey, id)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "Another request with this idempotency key has replaced this one. Nothing changed.")
	}
	return Wrap("commit idempotency key", err)
}

// AnswerKey stores the sealed response of a request.
func (s *Scope) AnswerKey(ctx context.Context, id, response string) error {
	_, err := s.Exec(ctx, qAnswerKey, id, response)
	return Wrap("store the response of an idempotency key", err)
}

// ReleaseKey frees the key of a request that did nothing. If it did something, its response is lost.
func (s *Scope) ReleaseKey(ctx context.Context, id string) error {
	_, err := s.Exec(ctx, qReleaseKey, id)
	if err == nil {
		_, err = s.Exec(ctx, qLoseKey, id)
	}
	return Wrap("release idempotency key", err)
}

// DropKeys deletes the idempotency keys of all teams from before a time.
func (s *System) DropKeys(ctx context.Context, before time.Time) error {
	_, err := s.Exec(ctx, qDropKeys, Millis(before))
	return Wrap("drop idempotency keys", err)
}

// DropOpenKeys frees the keys of all requests that did nothing; responses that are not stored are lost. Only a server that has just started, and is alone on its database, may
// call it: no such request is in progress then.
func (s *System) DropOpenKeys(ctx context.Context) error {
	_, err := s.Exec(ctx, qDropOpenKeys)
	if err == nil {
		_, err = s.Exec(ctx, qLoseKeys)
	}
	return Wrap("free idempotency keys", err)
}
