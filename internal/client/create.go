package client

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// A create is repeated createTries times at most, createPause apart.
const (
	createTries = 4
	createPause = time.Second
)

type keyKey struct{}

// WithKey returns a context whose creates have this idempotency key instead of a random one, so that also another process can repeat
// them.
func WithKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, keyKey{}, key)
}

// create sends a request that makes something new. If its answer is lost, it is repeated with the same idempotency key and creates
// nothing twice.
func create[T any](ctx context.Context, c *Client, path string, body any) (v T, err error) {
	key, chosen := ctx.Value(keyKey{}).(string)
	if !chosen || key == "" {
		key = id.New()
	}
	for try := 1; ; try++ {
		res, err := c.Do(ctx, http.MethodPost, path, body, "Idempotency-Key", key)
		if err == nil {
			err = res.decode(&v)
		}
		if err == nil || try == createTries || !mayRepeat(err) {
			return v, err
		}
		if c.wait(ctx, createPause) != nil {
			return v, err
		}
	}
}

// mayRepeat reports whether a repetition can have another outcome.
func mayRepeat(err error) bool {
	var p *Problem
	if errors.As(err, &p) {
		return p.Code == "in_progress" || p.Status == http.StatusServiceUnavailable || p.Status == http.StatusBadGateway
	}
	return errors.Is(err, ErrUnreachable)
}
