package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// background holds the goroutines that a server starts besides its listeners and loops. A drain ends them and waits for them, so
// that none uses the database after it has closed.
type background struct {
	ctx    context.Context
	cancel context.CancelFunc
	log    *slog.Logger
	wg     sync.WaitGroup
}

// newBackground returns a group whose context carries the values of ctx and ends with end only.
func newBackground(ctx context.Context, log *slog.Logger) *background {
	b := &background{log: log}
	b.ctx, b.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return b
}

// run starts fn, which must return soon after its context ends. A panic in fn is logged and ends nothing else. Call run only
// before end.
func (b *background) run(name string, fn func(context.Context)) {
	b.wg.Go(func() {
		if err := fault.Catch(func() error { fn(b.ctx); return nil }); err != nil {
			b.log.Error(name, "error", err)
		}
	})
}

// backgroundWithin limits the wait for goroutines that do not return, so that the rest of a drain has time too.
const backgroundWithin = 3 * time.Second

// end ends the context of the group and waits until every goroutine has returned, ctx ends or backgroundWithin is over.
func (b *background) end(ctx context.Context) error {
	b.cancel()
	ctx, cancel := context.WithTimeout(ctx, backgroundWithin)
	defer cancel()
	done := make(chan struct{})
	go func() { defer close(done); b.wg.Wait() }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for background work: %w", ctx.Err())
	}
}
