package app_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// panickyClock panics whenever it is armed and read.
type panickyClock struct {
	*clock.Fake
	armed *atomic.Bool
}

func (c panickyClock) Now() time.Time {
	if c.armed.Load() {
		panic("an unexpected report")
	}
	return c.Fake.Now()
}

// A report that the writer stumbles over is answered with an error; the process and later reports do not notice.
func TestAReportThatPanicsIsAnswered(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, l := h.claimed()
		armed := &atomic.Bool{}
		a := app.New(app.Options{DB: h.d, Hub: hub.New(), Clock: panickyClock{h.clock, armed}, Keys: h.keys, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
		armed.Store(true)
		for range 2 * h.d.Writers() {
			if err := a.Work.Record(t.Context(), l, said(1)); err == nil {
				t.Error("a report that panics was stored")
			}
		}
		armed.Store(false)
		ok(t, a.Work.Record(t.Context(), l, said(1)))
		h.numbered(l, 0)
	})
}

// seenContext says when it was first asked whether it has ended, which is the last thing before a report is queued.
type seenContext struct {
	context.Context
	seen chan struct{}
}

// Err is the context's, and says that it was asked for.
func (c seenContext) Err() error {
	err := c.Context.Err()
	select {
	case c.seen <- struct{}{}:
	default:
	}
	return err
}

// A caller whose context ends gets its answer at once, although the writer is still busy.
func TestAReportEndsWithItsCaller(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, l := h.claimed()
		held, release := make(chan struct{}), make(chan struct{})
		blocked := make(chan error, 1)
		go func() {
			blocked <- h.d.Update(context.Background(), l.Tenant, func(s *dbkernel.Scope) error {
				err := dbwork.On(s).TouchSession(context.Background(), l.Session, l.Attempt, "", h.clock.Now()) // locks the row
				close(held)
				<-release
				return err
			})
		}()
		<-held
		ctx, cancel := context.WithCancel(t.Context())
		answered := make(chan error, 1)
		seen := make(chan struct{}, 1)
		go func() { answered <- h.app.Work.Record(seenContext{ctx, seen}, l, said(0)) }()
		<-seen
		cancel()
		select {
		case err := <-answered:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("it was answered %v", err)
			}
		case <-time.After(60 * time.Second):
			t.Error("it still waits for the writer")
		}
		close(release)
		ok(t, <-blocked)
		ok(t, h.app.Work.Record(t.Context(), l, session.Batch{Cursor: map[string]int64{"ses_1": 1}}))
	})
}
