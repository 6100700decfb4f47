package engine_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/fake"
)

// slow is a runner whose first agent starts when the test says so.
type slow struct {
	*fake.Runner
	first sync.Once
	ready chan struct{}
}

func (*slow) Take(context.Context, runner.Job) bool { return false }

func (s *slow) Prepare(context.Context, runner.Job) (ready <-chan struct{}, release func()) {
	at := make(chan struct{})
	close(at)
	ready = at
	s.first.Do(func() { ready = s.ready })
	return ready, func() {}
}

// TestATurnBeginsWhenItsAgentHasStarted: the time in which an agent has to report something is not that of a busy host's starts. Another
// session comes and goes meanwhile.
func TestATurnBeginsWhenItsAgentHasStarted(t *testing.T) {
	t.Parallel()
	run := &slow{ready: make(chan struct{})}
	s := newShop(t, nil)
	var slowly session.ID
	run.Runner = fake.New(func(ctx context.Context, turn fake.Turn) (runner.Outcome, error) {
		select {
		case <-run.ready:
		default:
			if turn.Job.Session == slowly {
				t.Error("the turn begins before its agent has started")
			}
		}
		return done, turn.Say(ctx, "1", "Done.")
	})
	s.opts.Runner = run
	slowly = s.start()
	s.open()
	s.until(slowly, "with its tree", func(v session.Session) bool { return v.BaseCommit == "base" })
	s.becomes(s.start(), session.Completed)
	s.clock.Advance(2 * time.Minute)
	s.becomes(s.start(), session.Completed)
	s.becomes(slowly, session.Running)
	close(run.ready)
	s.becomes(slowly, session.Completed)
}
