package engine_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/engine"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/fake"
)

// hang reports one text and then reports nothing until it receives a signal.
func hang(told <-chan struct{}) fake.Script {
	return func(ctx context.Context, t fake.Turn) (runner.Outcome, error) {
		if err := t.Say(ctx, "1", "I think."); err != nil {
			return runner.Outcome{}, err
		}
		select {
		case <-told:
			return done, t.Say(ctx, "2", "There.")
		case <-ctx.Done():
			return runner.Outcome{}, ctx.Err()
		}
	}
}

// said reports whether the first text of hang is stored: its silence begins then.
func (s *shop) said(v session.Session) bool {
	es, err := s.app.Work.Events(context.Background(), s.by, v.ID, 0, 1000)
	return err == nil && v.Status == session.Running && slices.ContainsFunc(es, func(e event.Event) bool { return e.Type == event.AgentMessage })
}

func TestRunningTimeEnds(t *testing.T) {
	t.Parallel()
	s := newShop(t, hang(nil))
	s.open()
	id := s.start(func(v *session.Session) { v.MaxDuration = time.Minute })
	s.until(id, "running", s.said)
	s.clock.Advance(time.Minute)
	if v := s.becomes(id, session.Timeout); v.Reason.Code != session.DurationExceeded {
		t.Errorf("it ended for %s", v.Reason.Code)
	}
}

func TestAStalledSessionIsDegradedAndRecovers(t *testing.T) {
	t.Parallel()
	told := make(chan struct{})
	s := newShop(t, hang(told))
	s.open()
	id := s.start()
	s.until(id, "running", s.said)
	s.clock.Advance(5 * time.Minute)
	if v := s.becomes(id, session.Degraded); v.Reason.Code != session.Stalled {
		t.Errorf("degraded for %s", v.Reason.Code)
	}
	close(told)
	s.becomes(id, session.Completed)
}

// The clock of a stall counts the agent's silence, not the time in which a person thought about an answer.
func TestAPersonsTimeIsNoStall(t *testing.T) {
	t.Parallel()
	got := make(chan runner.Signal)
	s := newShop(t, func(ctx context.Context, t fake.Turn) (runner.Outcome, error) {
		if err := ask(ctx, t); err != nil {
			return runner.Outcome{}, err
		}
		for {
			select {
			case sig := <-t.Signals:
				got <- sig
			case <-ctx.Done():
				return runner.Outcome{}, ctx.Err()
			}
		}
	})
	s.open()
	id := s.start()
	s.until(id, "waiting", func(v session.Session) bool { return v.WaitingFor != "" })
	s.clock.Advance(24 * time.Minute)
	s.answer(id, session.Once)
	<-got
	s.looks(id, got)
	s.clock.Advance(4 * time.Minute)
	s.looks(id, got)
	if v := s.session(id); v.Status != session.Running {
		t.Errorf("%s, four minutes after a person answered: %s", v.Status, v.Reason.Message)
	}
	s.clock.Advance(time.Minute)
	if v := s.becomes(id, session.Degraded); v.Reason.Code != session.Stalled {
		t.Errorf("degraded for %s", v.Reason.Code)
	}
}

// looks waits until the engine has looked at a session from beginning to end: it sends a message before it judges the silence, so
// that the second message tells that the first look is over.
func (s *shop) looks(id session.ID, got <-chan runner.Signal) {
	s.t.Helper()
	for range 2 {
		if _, err := s.app.Work.SendMessage(s.t.Context(), s.by, id, "Go on."); err != nil {
			s.t.Fatal(err)
		}
		<-got
	}
}

type silentRunner struct {
	*fake.Runner
	begun chan struct{}
}

// Execute reports nothing at all, not even that it received the messages.
func (r silentRunner) Execute(ctx context.Context, _ runner.Job, _ runner.Sink) (runner.Outcome, error) {
	r.begun <- struct{}{}
	<-ctx.Done()
	return runner.Outcome{End: runner.Aborted}, nil
}

func TestAnAgentThatNeverSpeaksIsTriedAgainThreeTimes(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	begun := make(chan struct{})
	s.opts.Runner = silentRunner{fake.New(nil), begun}
	s.open()
	id := s.start()
	for range session.MaxAutomaticRetries {
		<-begun
		s.clock.Advance(time.Minute)
		v := s.becomes(id, session.Pending)
		if v.RetryAt == nil || v.Reason.Code != session.RunnerUnreachable {
			t.Fatalf("retry at %v for %s", v.RetryAt, v.Reason.Code)
		}
		s.clock.Advance(6 * time.Minute)
	}
	<-begun
	s.clock.Advance(time.Minute)
	if v := s.becomes(id, session.Failed); v.Attempt != 4 || v.RetryCount != 3 {
		t.Errorf("attempt %d after %d retries", v.Attempt, v.RetryCount)
	}
}

func TestAShutdownPausesAndTheNextStartGoesOn(t *testing.T) {
	t.Parallel()
	told := make(chan struct{})
	s := newShop(t, hang(told))
	stop := s.open()
	id := s.start()
	s.until(id, "running", s.said)
	stop()
	if v := s.session(id); v.Status != session.Paused || v.Reason.Code != session.Shutdown {
		t.Fatalf("after the stop it is %s for %s", v.Status, v.Reason.Code)
	}
	close(told)
	s.open()
	s.becomes(id, session.Completed)
}

// An engine that is gone without a word loses its work to another one, which has the lease from then on.
func TestAnotherEngineTakesOverWhatIsForsaken(t *testing.T) {
	t.Parallel()
	told := make(chan struct{})
	s := newShop(t, hang(told))
	s.opts.Timers.Beat = time.Hour // the first one will not keep its lease
	s.open()
	id := s.start()
	s.until(id, "running", s.said)
	s.clock.Advance(31 * time.Second)
	s.opts.Instance, s.opts.Timers.Beat = "there", 5*time.Millisecond
	s.opts.Runner = fake.New(hang(told))
	other := engine.New(s.opts)
	if err := other.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Stop(context.Background()) })
	close(told)
	s.becomes(id, session.Completed)
}

// scale is a disk whose reading a test sets.
type scale struct{ free, taken atomic.Int64 }

func (s *scale) Free() (int64, error) { return s.free.Load(), nil }
func (s *scale) Weigh(context.Context, session.Session) (int64, error) {
	return s.taken.Load(), nil
}

func TestASessionThatFillsTheDiskFails(t *testing.T) {
	t.Parallel()
	disk := &scale{}
	disk.free.Store(100 << 20)
	s := newShop(t, hang(nil))
	s.opts.Scale, s.opts.MaxTree = disk, 10<<20
	s.open()
	id := s.start()
	s.until(id, "running", s.said)
	disk.taken.Store(11 << 20)
	disk.free.Store(90 << 20)
	v := s.becomes(id, session.Failed)
	if v.Reason.Code != session.DiskFull || !strings.Contains(v.Reason.Message, "11 MiB") || !strings.Contains(v.Reason.Message, "10 MiB") {
		t.Errorf("it failed for %s: %s", v.Reason.Code, v.Reason.Message)
	}
}

// hiding is a disk of which a part cannot be measured.
type hiding struct{ scale }

func (*hiding) Weigh(context.Context, session.Session) (int64, error) {
	return 0, fault.New(fault.Exhausted, "The files cannot be counted.")
}

func TestASessionThatCannotBeWeighedIsPaused(t *testing.T) {
	t.Parallel()
	s := newShop(t, hang(nil))
	s.opts.Scale, s.opts.MaxTree = &hiding{}, 10<<20
	s.open()
	v := s.becomes(s.start(), session.Paused)
	if v.Reason.Code != session.DiskFull || v.Reason.Message != "The files cannot be counted." {
		t.Errorf("it is paused for %s: %s", v.Reason.Code, v.Reason.Message)
	}
}
