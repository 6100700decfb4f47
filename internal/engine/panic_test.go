package engine_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/engine"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/fake"
)

func isPoisoned(j runner.Job) bool { return j.Title == "Poisoned" }

func poisoned(v *session.Session) { v.Title = "Poisoned" }

// failsAlone checks that the poisoned session fails, that another one completes, and that a restart tries neither again.
func (s *shop) failsAlone(turns *atomic.Int64) {
	s.t.Helper()
	stop := s.open()
	bad := s.start(poisoned)
	if v := s.becomes(bad, session.Failed, session.Completed); v.Status != session.Failed || v.Reason.Code != session.AgentError {
		s.t.Errorf("the poisoned session is %s for %s: %s", v.Status, v.Reason.Code, v.Reason.Message)
	}
	s.becomes(s.start(), session.Completed)
	stop()
	s.open()
	s.becomes(s.start(), session.Completed)
	if v := s.session(bad); v.Status != session.Failed || v.Attempt != 1 || turns.Load() != 1 {
		s.t.Errorf("after a restart the poisoned session is %s in attempt %d after %d turns", v.Status, v.Attempt, turns.Load())
	}
}

// One agent's output that the server stumbles over ends that agent's session, not the server with everybody's.
func TestAPanicInATurnFailsThatSessionOnly(t *testing.T) {
	t.Parallel()
	var turns atomic.Int64
	s := newShop(t, func(ctx context.Context, t fake.Turn) (runner.Outcome, error) {
		if isPoisoned(t.Job) {
			turns.Add(1)
			panic("an event nobody thought of")
		}
		return done, nil
	})
	s.failsAlone(&turns)
}

// poisonedTrees panic over the tree of a poisoned session.
type poisonedTrees struct{ trees }

func (poisonedTrees) Diff(_ context.Context, s session.Session) ([]session.FileChange, []byte, bool, error) {
	if s.Title == "Poisoned" {
		panic("a patch nobody thought of")
	}
	return nil, nil, false, nil
}

// The changes are read beside the turn, in a goroutine of their own, and once more after it.
func TestAPanicOverATreeFailsThatSessionOnly(t *testing.T) {
	t.Parallel()
	var turns atomic.Int64
	s := newShop(t, func(ctx context.Context, t fake.Turn) (runner.Outcome, error) {
		if !isPoisoned(t.Job) {
			return done, nil
		}
		turns.Add(1)
		e := event.New(event.AgentTool, event.Actor{Kind: "agent"}, event.Tool{PartID: "prt_1", Tool: "write", Status: "completed"})
		if err := t.Sink.Record(ctx, runner.Batch{Events: []event.Event{e}}); err != nil {
			return runner.Outcome{}, err
		}
		<-ctx.Done()
		return runner.Outcome{}, ctx.Err()
	})
	s.opts.Workspace = poisonedTrees{}
	s.failsAlone(&turns)
}

// panickyScale panics whenever the watch of a session looks at the disk.
type panickyScale struct{ engine.Scale }

func (panickyScale) Free() (int64, error) { panic("a disk nobody thought of") }

func TestAPanicInTheWatchFailsTheSession(t *testing.T) {
	t.Parallel()
	s := newShop(t, hang(nil))
	s.opts.Scale, s.opts.MaxTree = panickyScale{}, 1
	s.open()
	if v := s.becomes(s.start(), session.Failed); v.Reason.Code != session.AgentError {
		t.Errorf("it failed for %s: %s", v.Reason.Code, v.Reason.Message)
	}
}

// panickyHost panics over every clone and every measure.
type panickyHost struct {
	trees
	measured chan struct{}
}

func (panickyHost) Clone(context.Context, tenant.ID, repository.Repository, string, func(string)) (repository.Inspection, error) {
	panic("a remote nobody thought of")
}

func (h panickyHost) Size(ctx context.Context, _ tenant.ID) (quota.Storage, error) {
	select {
	case h.measured <- struct{}{}:
	case <-ctx.Done():
	}
	panic("a file nobody thought of")
}

// A loop whose pass panics notes the failure and runs again at its next tick; the other loops do not notice.
func TestALoopThatPanicsRunsAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(context.Context, fake.Turn) (runner.Outcome, error) { return done, nil })
	measured := make(chan struct{})
	s.opts.Workspace = panickyHost{measured: measured}
	s.opts.Timers.Tick = 5 * time.Millisecond
	e := engine.New(s.opts)
	if err := e.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Stop(context.Background()) })
	<-measured
	<-measured // the second pass begins after the first has been noted
	s.becomes(s.start(), session.Completed)
	for _, j := range e.Jobs() {
		if j.Name == "storage" && (j.Failures == 0 || j.Error != "panic: a file nobody thought of") {
			t.Errorf("the loop is noted as %+v", j)
		}
	}
}

// A repository whose clone panics is failed, as any that cannot be cloned, rather than cloned again at each tick.
func TestACloneThatPanicsFails(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.opts.Workspace = panickyHost{}
	r, err := s.app.Repos.CreateRepository(t.Context(), s.by, repository.Repository{Name: "tools", URL: "https://example.org/tools.git", DefaultBranch: "main"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.New(s.opts).Clone(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := s.app.Repos.Repository(t.Context(), s.by, r.ID)
	if err != nil || got.Status != repository.Failed {
		t.Errorf("the repository is %s, %v", got.Status, err)
	}
}
