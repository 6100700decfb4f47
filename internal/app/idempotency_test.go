package app_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// programs is an actor with a credential.
func programs(by tenant.Actor, token string) tenant.Actor {
	by.Via = "token:" + token
	return by
}

// creates creates a session in a request with a claim.
func (h *house) creates(c appkernel.Claim) error {
	_, err := h.app.Work.CreateSession(c.In(h.t.Context()), h.member, session.Session{Title: "Keyed", Prompt: "Do it.", Model: h.draft().Model}, false)
	return err
}

func (h *house) sessionCount() int {
	h.t.Helper()
	all := view(h, func(ctx context.Context, s *dbkernel.Scope) (int, error) {
		n := 0
		for _, row := range dbtest.Everything(h.t, h.d, h.alpha.ID) {
			if strings.HasPrefix(row, "sessions\x1f") && strings.Contains(row, "title=Keyed") {
				n++
			}
		}
		return n, nil
	})
	return all
}

func view[T any](h *house, fn func(context.Context, *dbkernel.Scope) (T, error)) (v T) {
	h.t.Helper()
	ok(h.t, h.d.View(h.t.Context(), h.alpha.ID, func(s *dbkernel.Scope) (err error) { v, err = fn(h.t.Context(), s); return err }))
	return v
}

// A key is one credential's in one team, and stands for one content.
func TestAKeyStandsForOneRequestOfOneCredential(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		k, ctx := h.app.Kernel, t.Context()
		one, two := programs(h.member, "one"), programs(h.member, "two")
		c, err := k.ClaimKey(ctx, one, "key", []byte("content"))
		ok(t, err)
		if _, err := k.ClaimKey(ctx, one, "key", []byte("content")); !errors.Is(err, appkernel.ErrKeyInUse) {
			t.Errorf("while it is in progress: %v", err)
		}
		if _, err := k.ClaimKey(ctx, one, "key", []byte("other content")); !errors.Is(err, appkernel.ErrKeyReused) {
			t.Errorf("another request: %v", err)
		}
		for _, other := range []tenant.Actor{two, programs(h.stranger, "one")} {
			if c, err := k.ClaimKey(ctx, other, "key", []byte("content")); err != nil || c.Response != "" {
				t.Errorf("another credential: %q, %v", c.Response, err)
			}
		}
		ok(t, h.creates(c))
		if _, err := k.ClaimKey(ctx, one, "key", []byte("content")); !errors.Is(err, appkernel.ErrKeyInUse) {
			t.Errorf("between the commit and its response: %v", err)
		}
		ok(t, k.AnswerKey(ctx, one, c, "the link is s3cret-link"))
		again, err := k.ClaimKey(ctx, one, "key", []byte("content"))
		if ok(t, err); again.Response != "the link is s3cret-link" {
			t.Errorf("a repetition returns %q", again.Response)
		}
		if stored := strings.Join(dbtest.All(t, h.d), "\n"); strings.Contains(stored, "s3cret-link") {
			t.Error("the response is stored in clear")
		}
	})
}

// A server that is killed after the commit and before the response never leads to a second session; one that is killed before the
// commit leaves the key free.
func TestAKeySurvivesTheServer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		k, ctx, by := h.app.Kernel, t.Context(), programs(h.member, "one")
		done, err := k.ClaimKey(ctx, by, "done", []byte("content"))
		ok(t, err)
		ok(t, h.creates(done))
		_, err = k.ClaimKey(ctx, by, "not done", []byte("content"))
		ok(t, err)
		ok(t, k.FreeKeys(ctx)) // as the next server does at its start
		if _, err := k.ClaimKey(ctx, by, "done", []byte("content")); !errors.Is(err, appkernel.ErrKeyUnanswered) {
			t.Errorf("a request that was carried out: %v", err)
		}
		ok(t, k.ReleaseKey(ctx, by, done))
		if _, err := k.ClaimKey(ctx, by, "done", []byte("content")); !errors.Is(err, appkernel.ErrKeyUnanswered) {
			t.Errorf("after a release: %v", err)
		}
		if _, err := k.ClaimKey(ctx, by, "not done", []byte("content")); err != nil {
			t.Errorf("a request that was not carried out: %v", err)
		}
	})
}

// A request that did something and then failed has no response, and is not carried out again.
func TestAFailureAfterTheCommit(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		k, ctx, by := h.app.Kernel, t.Context(), programs(h.member, "one")
		c, err := k.ClaimKey(ctx, by, "key", []byte("content"))
		ok(t, err)
		ok(t, h.creates(c))
		ok(t, k.ReleaseKey(ctx, by, c))
		if _, err := k.ClaimKey(ctx, by, "key", []byte("content")); !errors.Is(err, appkernel.ErrKeyUnanswered) {
			t.Errorf("a repetition: %v", err)
		}
	})
}

// A request that was thought dead and lost its key cannot do anything any more.
func TestAReplacedRequestChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		k, ctx, by := h.app.Kernel, t.Context(), programs(h.member, "one")
		slow, err := k.ClaimKey(ctx, by, "key", []byte("content"))
		ok(t, err)
		h.clock.Advance(3 * time.Minute)
		next, err := k.ClaimKey(ctx, by, "key", []byte("content"))
		ok(t, err)
		if err := h.creates(slow); !fault.Is(err, fault.Conflict) {
			t.Errorf("the replaced request: %v", err)
		}
		if n := h.sessionCount(); n != 0 {
			t.Errorf("it left %d sessions", n)
		}
		ok(t, h.creates(next))
		h.clock.Advance(3 * time.Minute)
		if _, err := k.ClaimKey(ctx, by, "key", []byte("content")); !errors.Is(err, appkernel.ErrKeyUnanswered) {
			t.Errorf("an old request with an effect was replaced: %v", err)
		}
		if n := h.sessionCount(); n != 1 {
			t.Errorf("there are %d sessions", n)
		}
	})
}

// A refused request frees its key; an old one is purged.
func TestKeysEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		k, ctx, by := h.app.Kernel, t.Context(), programs(h.member, "one")
		refused, err := k.ClaimKey(ctx, by, "key", []byte("content"))
		ok(t, err)
		ok(t, k.ReleaseKey(ctx, by, refused))
		c, err := k.ClaimKey(ctx, by, "key", []byte("corrected content"))
		ok(t, err)
		ok(t, k.AnswerKey(ctx, by, c, "answer"))
		h.clock.Advance(appkernel.KeepKeys - time.Minute)
		ok(t, h.app.People.DeleteExpired(ctx))
		if c, err := k.ClaimKey(ctx, by, "key", []byte("corrected content")); err != nil || c.Response != "answer" {
			t.Errorf("within a day: %q, %v", c.Response, err)
		}
		h.clock.Advance(2 * time.Minute)
		if c, err := k.ClaimKey(ctx, by, "key", []byte("content")); err != nil || c.Response != "" {
			t.Errorf("after a day: %q, %v", c.Response, err)
		}
		h.clock.Advance(appkernel.KeepKeys + time.Minute)
		ok(t, h.app.People.DeleteExpired(ctx))
		if all := strings.Join(dbtest.All(t, h.d), "\n"); strings.Contains(all, "idempotency_keys\x1f") {
			t.Error("expired keys are kept")
		}
	})
}

// Of many requests at once with one key, one is carried out.
func TestOneOfManyClaimsTheKey(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		by := programs(h.member, "one")
		won := make([]bool, 8)
		var all sync.WaitGroup
		for i := range won {
			all.Go(func() {
				_, err := h.app.Kernel.ClaimKey(t.Context(), by, "key", []byte("content"))
				if won[i] = err == nil; err != nil && !errors.Is(err, appkernel.ErrKeyInUse) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		n := 0
		for _, w := range won {
			if w {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d requests claimed the key", n)
		}
	})
}
