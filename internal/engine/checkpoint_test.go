package engine_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/fake"
)

// stored is where checkpoints go in these tests: every tree differs from the one before.
type stored struct {
	trees
	mu       sync.Mutex
	restored []string
}

func (f *stored) door() appwork.Trees { return f }

func (*stored) Checkpoint(_ context.Context, _ session.Session, _ string, n int64) (session.Snapshot, error) {
	return session.Snapshot{Commit: fmt.Sprint("commit-", n), Tree: fmt.Sprint("tree-", n)}, nil
}

func (*stored) CompareTrees(context.Context, session.Session, string, string) (files []session.FileChange, patch []byte, truncated bool, err error) {
	return nil, nil, false, nil
}

func (*stored) DropCheckpoints(context.Context, session.Session, []int64, int64) error { return nil }

func (f *stored) RestoreCheckpoint(_ context.Context, _ session.Session, to session.Snapshot) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.restored = append(f.restored, to.Tree)
	return false, nil
}

func (*stored) Fork(context.Context, session.Session, session.Session, session.Snapshot) error {
	return nil
}

// causes are why a session's checkpoints were taken, oldest first.
func (s *shop) causes(id session.ID) (all []session.Cause) {
	s.t.Helper()
	cs, err := s.app.Work.Checkpoints(context.Background(), s.by, id)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range slices.Backward(cs) {
		all = append(all, c.Cause)
	}
	return all
}

func TestCheckpointsOfATurnItsPauseAndItsTime(t *testing.T) {
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
	s.clock.Advance(5*time.Minute + time.Second)
	s.until(id, "with a checkpoint", func(session.Session) bool { return len(s.causes(id)) > 0 })
	if _, err := s.app.Work.PauseSession(t.Context(), s.by, id); err != nil {
		t.Fatal(err)
	}
	s.until(id, "with a second checkpoint", func(session.Session) bool { return len(s.causes(id)) > 1 })
	if _, err := s.app.Work.ResumeSession(t.Context(), s.by, id); err != nil {
		t.Fatal(err)
	}
	s.becomes(id, session.Completed)
	if got := s.causes(id); !slices.Equal(got, []session.Cause{session.Periodic, session.BeforePause, session.AfterTurn}) {
		t.Errorf("checkpoints: %v", got)
	}
}

// rewinder is a runner whose conversations can be cut.
type rewinder struct {
	*fake.Runner
	cuts chan session.Rewind
	has  bool
}

func (r rewinder) Rewind(_ context.Context, _ runner.Job, to session.Rewind) (bool, error) {
	r.cuts <- to
	return r.has, nil
}

// TestARestoredSessionContinuesWhereItWas restores a session whose agent works: it is paused, and its conversation is cut before the next
// turn. An agent that no longer has it gets its prompt again and a word.
func TestARestoredSessionContinuesWhereItWas(t *testing.T) {
	t.Parallel()
	for _, has := range []bool{true, false} {
		t.Run(fmt.Sprint("conversation found ", has), func(t *testing.T) {
			t.Parallel()
			begun, jobs := make(chan struct{}, 3), make(chan runner.Job, 3)
			s := newShop(t, nil)
			r := rewinder{cuts: make(chan session.Rewind, 1), has: has}
			r.Runner = fake.New(func(ctx context.Context, t fake.Turn) (runner.Outcome, error) {
				e := event.New(event.AgentUsage, event.Actor{Kind: "agent"}, event.Usage{MessageID: fmt.Sprint("msg_", t.N)})
				e.SourceKey = fmt.Sprint("ses_", t.Job.Session, ":", t.N)
				if err := t.Sink.Record(ctx, runner.Batch{Events: []event.Event{e}}); err != nil {
					return runner.Outcome{}, err
				}
				jobs <- t.Job
				begun <- struct{}{}
				if t.N == 2 {
					<-ctx.Done()
					return runner.Outcome{}, ctx.Err()
				}
				return done, nil
			})
			s.opts.Runner = r
			s.open()
			id := s.start()
			<-begun
			first := s.becomes(id, session.Completed)
			if _, err := s.app.Work.SendMessage(t.Context(), s.by, id, "break it"); err != nil {
				t.Fatal(err)
			}
			<-begun
			if _, err := s.app.Work.RestoreSession(t.Context(), s.by, id, 1, "better"); err != nil {
				t.Fatal(err)
			}
			if cut := <-r.cuts; cut.MessageID != "msg_1" || cut.Conversation != first.Conversation || cut.From != id {
				t.Errorf("the conversation was cut at %+v", cut)
			}
			<-begun
			s.becomes(id, session.Completed)
			<-jobs
			<-jobs
			job := <-jobs
			var texts []string
			for _, m := range job.Messages {
				texts = append(texts, m.Text)
			}
			if has && (job.Conversation != first.Conversation || job.Imports != 1 || !slices.Equal(texts, []string{"Work.", "better"})) {
				t.Errorf("the next turn has %q in %q after %d imports", texts, job.Conversation, job.Imports)
			}
			if !has && (job.Conversation != "" || len(texts) != 3 || texts[0] != "Work." || texts[1] != "better") {
				t.Errorf("the next turn has %q in %q", texts, job.Conversation)
			}
			if !slices.Equal(s.files.restored, []string{"tree-1"}) {
				t.Errorf("restored: %v", s.files.restored)
			}
		})
	}
}
