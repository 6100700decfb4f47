package kernel

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// KeepKeys is how long an idempotency key identifies a request.
const KeepKeys = 24 * time.Hour

// abandonKeys is how old a request without effect must be before another with its key replaces it. The server cancels requests earlier.
const abandonKeys = 2 * time.Minute

// What prevents a request with an idempotency key that was used before.
var (
	// ErrKeyReused means that the earlier request was a different one.
	ErrKeyReused = errors.New("the idempotency key belongs to a different request")
	// ErrKeyInUse means that the earlier request is still in progress.
	ErrKeyInUse = errors.New("a request with this idempotency key is in progress")
	// ErrKeyUnanswered means that the earlier request was carried out and its response was lost.
	ErrKeyUnanswered = errors.New("the response of the request with this idempotency key was lost")
)

// Claim is the right to carry out a request with an idempotency key. If the request was answered before, it has that Response instead.
type Claim struct {
	id       string
	Response string
}

type claimKey struct{}

// In returns a context in which the first write of the actor's team notes that the request is carried out.
func (c Claim) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, claimKey{}, c.id)
}

// commitClaim notes, in the transaction of a request's effect, that it is carried out, so that no crash can lead to a second effect.
func commitClaim(ctx context.Context, s *dbkernel.Scope) error {
	if claimed, ok := ctx.Value(claimKey{}).(string); ok {
		return s.CommitKey(ctx, claimed)
	}
	return nil
}

// ClaimKey claims the key for a request of the actor's credential. request is everything that must not differ between two requests
// with one key.
func (a *Kernel) ClaimKey(ctx context.Context, by tenant.Actor, key string, request []byte) (c Claim, err error) {
	now := a.Clock.Now()
	r := dbkernel.KeyedRequest{ID: id.New(), Via: by.Via, Key: key, Digest: hex.EncodeToString(a.Keys.HMAC("idempotency", request)), ClaimedAt: now}
	err = a.DB.Update(ctx, by.Tenant, func(s *dbkernel.Scope) error {
		ok, err := s.ClaimKey(ctx, r, now.Add(-KeepKeys), now.Add(-abandonKeys))
		if err == nil && !ok {
			var earlier dbkernel.KeyedRequest
			if earlier, err = s.KeyedRequest(ctx, by.Via, key); err == nil {
				c, err = a.repeat(by.Tenant, r, earlier)
			}
			return err
		}
		c.id = r.ID
		return err
	})
	return c, err
}

// repeat returns the response of an earlier request with the same key, or the reason why there is none.
func (a *Kernel) repeat(t tenant.ID, r, earlier dbkernel.KeyedRequest) (c Claim, err error) {
	switch {
	case earlier.Digest != r.Digest:
		return c, ErrKeyReused
	case earlier.State == dbkernel.KeyLost:
		return c, ErrKeyUnanswered
	case earlier.Response != "":
		c.Response, err = a.Keys.Open(responsePlace(t, earlier.ID), earlier.Response)
		return c, err
	case earlier.State == dbkernel.KeyCommitted && r.ClaimedAt.Sub(earlier.ClaimedAt) > abandonKeys:
		return c, ErrKeyUnanswered
	}
	return c, ErrKeyInUse
}

// AnswerKey stores the response of a request. Repetitions of the request return it.
func (a *Kernel) AnswerKey(ctx context.Context, by tenant.Actor, c Claim, response string) error {
	sealed := a.Keys.Seal(responsePlace(by.Tenant, c.id), response)
	return a.DB.Update(ctx, by.Tenant, func(s *dbkernel.Scope) error { return s.AnswerKey(ctx, c.id, sealed) })
}

// ReleaseKey frees the key of a request that was refused, so that a corrected one can have it. It does nothing for a request that was
// carried out.
func (a *Kernel) ReleaseKey(ctx context.Context, by tenant.Actor, c Claim) error {
	return a.DB.Update(ctx, by.Tenant, func(s *dbkernel.Scope) error { return s.ReleaseKey(ctx, c.id) })
}

// FreeKeys frees the keys of requests that a server before this one did not carry out. Only a server that has just locked the database
// may call it.
func (a *Kernel) FreeKeys(ctx context.Context) error {
	return a.DB.System(ctx, func(s *dbkernel.System) error { return s.DropOpenKeys(ctx) })
}

// responsePlace returns the column that a response is encrypted for.
func responsePlace(t tenant.ID, claim string) secret.Place {
	return secret.Place{Tenant: string(t), Table: "idempotency_keys", Row: claim, Column: "response"}
}
