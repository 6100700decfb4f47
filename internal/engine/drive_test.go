package engine_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/fake"
)

var done = runner.Outcome{End: runner.Done}

func TestAFinishedTurnCompletesTheSession(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(ctx context.Context, t fake.Turn) (runner.Outcome, error) { return done, t.Say(ctx, "1", "Done.") })
	s.open()
	v := s.becomes(s.start(), session.Completed)
	if v.FilesChanged != 1 || v.Attempt != 1 || v.BaseCommit != "base" {
		t.Errorf("it has %d changed files in attempt %d from %q", v.FilesChanged, v.Attempt, v.BaseCommit)
	}
}

func TestPauseEndsTheTurnAndResumeGoesOn(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{}, 2)
	s := newShop(t, func(ctx context.Context, t fake.Turn) (runner.Outcome, error) {
		begun <- struct{}{}
		if t.N == 1 {
			<-ctx.Done()
			return runner.Outcome{}, ctx.Err()
		}
		return done, nil
	})
	s.open()
	id := s.start()
	<-begun
	if _, err := s.app.Work.PauseSession(t.Context(), s.by, id); err != nil {
		t.Fatal(err)
	}
	if _, err := s.app.Work.ResumeSession(t.Context(), s.by, id); err != nil {
		t.Fatal(err)
	}
	<-begun
	if v := s.becomes(id, session.Completed); v.Attempt != 1 || v.Conversation == "" {
		t.Errorf("it went on as attempt %d in %q", v.Attempt, v.Conversation)
	}
}

// A message sent while the agent works reaches it; one that comes too late for its turn starts another turn and is not lost.
func TestNothingSaidIsLost(t *testing.T) {
	t.Parallel()
	begun, late := make(chan struct{}), make(chan struct{})
	var heard atomic.Value
	s := newShop(t, func(ctx context.Context, t fake.Turn) (runner.Outcome, error) {
		if t.N == 2 {
			return done, nil
		}
		begun <- struct{}{}
		select {
		case sig := <-t.Signals:
			heard.Store(sig.Message.Text)
			if err := t.Sink.Record(ctx, runner.Batch{Sent: []string{sig.Message.ID}}); err != nil {
				return runner.Outcome{}, err
			}
		case <-ctx.Done():
			return runner.Outcome{}, ctx.Err()
		}
		begun <- struct{}{}
		<-late
		return done, nil
	})
	s.open()
	id := s.start()
	<-begun
	say := func(text string) {
		if _, err := s.app.Work.SendMessage(t.Context(), s.by, id, text); err != nil {
			t.Fatal(err)
		}
	}
	say("while it works")
	<-begun
	say("too late")
	close(late)
	s.becomes(id, session.Completed)
	if heard.Load() != "while it works" {
		t.Errorf("the agent heard %v", heard.Load())
	}
	ms, err := s.app.Work.Messages(t.Context(), s.by, id)
	if err != nil || len(ms) != 3 || ms[2].SentAt == nil {
		t.Errorf("messages %+v, %v", ms, err)
	}
}

func ask(ctx context.Context, t fake.Turn) error {
	return t.Sink.Record(ctx, runner.Batch{Asks: []session.Ask{{SourceID: "per_1", Kind: session.Approval, Permission: "bash", Patterns: []string{"make"}}}})
}

func (s *shop) answer(id session.ID, r session.Reply) {
	s.t.Helper()
	asks, err := s.app.Work.Asks(s.t.Context(), s.by, id)
	if err != nil || len(asks) != 1 {
		s.t.Fatalf("asks %v, %v", asks, err)
	}
	if err := s.app.Work.AnswerAsk(s.t.Context(), s.by, id, asks[0].ID, appwork.Answer{Reply: r}); err != nil {
		s.t.Fatal(err)
	}
}

func TestAnAnswerReachesTheAgentAndTheClockStandsStillMeanwhile(t *testing.T) {
	t.Parallel()
	got := make(chan runner.Signal, 1)
	s := newShop(t, func(ctx context.Context, t fake.Turn) (runner.Outcome, error) {
		if err := ask(ctx, t); err != nil {
			return runner.Outcome{}, err
		}
		select {
		case sig := <-t.Signals:
			got <- sig
		case <-ctx.Done():
		}
		return done, nil
	})
	s.open()
	id := s.start()
	waits := func(v session.Session) bool { return v.WaitingFor == session.Approval }
	s.until(id, "waiting", waits)
	s.clock.Advance(20 * time.Minute)
	s.answer(id, session.Once)
	if sig := <-got; sig.AskID != "per_1" || sig.Reply != session.Once {
		t.Errorf("the agent got %+v", sig)
	}
	if v := s.becomes(id, session.Completed); v.Elapsed(s.clock.Now()) >= time.Minute {
		t.Errorf("waiting for a person counted as %s of running", v.Elapsed(s.clock.Now()))
	}
}

func TestSilenceOfPeoplePausesAndAnAnswerTakesItUp(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(ctx context.Context, t fake.Turn) (runner.Outcome, error) {
		if t.N == 2 {
			return done, nil
		}
		if err := ask(ctx, t); err != nil {
			return runner.Outcome{}, err
		}
		<-ctx.Done()
		return runner.Outcome{}, ctx.Err()
	})
	s.open()
	id := s.start()
	s.until(id, "waiting", func(v session.Session) bool { return v.WaitingFor != "" })
	s.clock.Advance(30 * time.Minute)
	if v := s.becomes(id, session.Paused); v.Reason.Code != session.PermissionTimeout {
		t.Errorf("paused for %s", v.Reason.Code)
	}
	s.answer(id, session.Once)
	s.becomes(id, session.Completed)
}

// The changes are read while the agent still works, once it has touched the tree.
func TestChangesShowWhileTheAgentWorks(t *testing.T) {
	t.Parallel()
	seen := make(chan struct{})
	s := newShop(t, func(ctx context.Context, t fake.Turn) (runner.Outcome, error) {
		e := event.New(event.AgentTool, event.Actor{Kind: "agent"}, event.Tool{PartID: "prt_1", Tool: "write", Status: "completed"})
		if err := t.Sink.Record(ctx, runner.Batch{Events: []event.Event{e}}); err != nil {
			return runner.Outcome{}, err
		}
		<-seen
		return done, nil
	})
	s.open()
	id := s.start()
	s.until(id, "changed", func(v session.Session) bool { return v.FilesChanged == 1 && v.Status == session.Running })
	close(seen)
	s.becomes(id, session.Completed)
}
