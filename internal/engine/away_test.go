package engine_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/fake"
)

// logLines is a log handler that passes the message of each record on, to tests that wait for one.
type logLines struct {
	slog.Handler
	lines chan string
}

// Handle never blocks: a test that reads no lines loses them.
func (l logLines) Handle(ctx context.Context, r slog.Record) error {
	select {
	case l.lines <- r.Message:
	default:
	}
	return l.Handler.Handle(ctx, r)
}

// logged makes the engine of the shop log through a handler that tests can wait for.
func (s *shop) logged() (wait func(message string)) {
	lines := make(chan string, 1000)
	s.opts.Log = slog.New(logLines{s.opts.Log.Handler(), lines})
	return func(message string) {
		s.t.Helper()
		deadline := time.After(30 * time.Second)
		for {
			select {
			case got := <-lines:
				if got == message {
					return
				}
			case <-deadline:
				s.t.Fatalf("the engine did not log %q", message)
			}
		}
	}
}

// outage hides the table of sessions, so that every read and write of a session fails until the outage is ended.
func (s *shop) outage() (end func()) {
	s.t.Helper()
	dbtest.Exec(s.t, s.db, `ALTER TABLE sessions RENAME TO sessions_away`)
	return func() {
		s.t.Helper()
		dbtest.Exec(s.t, s.db, `ALTER TABLE sessions_away RENAME TO sessions`)
	}
}

// A database that is away for a while ends no turn: the agent works on, and gets what people say when the database is back.
func TestATurnOutlivesAnOutageOfTheDatabase(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{}, 10)
	s := newShop(t, func(ctx context.Context, t fake.Turn) (runner.Outcome, error) {
		begun <- struct{}{}
		select {
		case sig := <-t.Signals:
			return done, t.Sink.Record(ctx, runner.Batch{Sent: []string{sig.Message.ID}})
		case <-ctx.Done():
			return runner.Outcome{}, ctx.Err()
		}
	})
	wait := s.logged()
	s.open()
	id := s.start()
	<-begun
	end := s.outage()
	wait("watch a session")
	wait("keep the lease") // a beat is four ticks: the watch has looked again since its read failed
	wait("keep the lease")
	end()
	if _, err := s.app.Work.SendMessage(t.Context(), s.by, id, "still there?"); err != nil {
		t.Fatal(err)
	}
	if v := s.becomes(id, session.Completed, session.Failed); v.Status != session.Completed || v.Attempt != 1 {
		t.Errorf("the session is %s after %d attempts: %s", v.Status, v.Attempt, v.Reason.Message)
	}
	if n := len(begun); n != 0 {
		t.Errorf("%d more turns began", n)
	}
}

// What the agent reports while the database is away is stored when it is back, and the turn that reported it continues.
func TestAReportWaitsForTheDatabase(t *testing.T) {
	t.Parallel()
	begun, report := make(chan struct{}, 10), make(chan struct{})
	s := newShop(t, func(ctx context.Context, t fake.Turn) (runner.Outcome, error) {
		begun <- struct{}{}
		<-report
		return done, t.Say(ctx, "1", "Done.")
	})
	wait := s.logged()
	s.open()
	id := s.start()
	<-begun
	end := s.outage()
	close(report)
	wait("store a report")
	end()
	if v := s.becomes(id, session.Completed, session.Failed); v.Status != session.Completed || v.Attempt != 1 {
		t.Errorf("the session is %s after %d attempts: %s", v.Status, v.Attempt, v.Reason.Message)
	}
}

// A turn that ends while the database is away is concluded when it is back: its session completes rather than fails.
func TestATurnThatEndsInAnOutageCompletes(t *testing.T) {
	t.Parallel()
	begun, end := make(chan struct{}, 10), make(chan struct{})
	s := newShop(t, func(context.Context, fake.Turn) (runner.Outcome, error) {
		begun <- struct{}{}
		<-end
		return done, nil
	})
	wait := s.logged()
	s.open()
	id := s.start()
	<-begun
	back := s.outage()
	close(end)
	wait("read a session")
	back()
	if v := s.becomes(id, session.Completed, session.Failed); v.Status != session.Completed || v.FilesChanged != 1 {
		t.Errorf("the session is %s with %d changed files: %s", v.Status, v.FilesChanged, v.Reason.Message)
	}
}

// Once the lease has run out another server may take the session, so the turn ends although the database does not answer.
func TestATurnEndsWhenItsLeaseRunsOutInAnOutage(t *testing.T) {
	t.Parallel()
	begun, ended := make(chan struct{}, 10), make(chan struct{}, 10)
	var turns atomic.Int64
	s := newShop(t, func(ctx context.Context, t fake.Turn) (runner.Outcome, error) {
		begun <- struct{}{}
		if turns.Add(1) > 1 {
			return done, t.Say(ctx, "1", "Done.")
		}
		<-ctx.Done()
		ended <- struct{}{}
		return runner.Outcome{}, ctx.Err()
	})
	wait := s.logged()
	s.open()
	id := s.start()
	<-begun
	end := s.outage()
	wait("watch a session")
	wait("keep the lease")
	wait("keep the lease")
	select {
	case <-ended:
		t.Error("the turn ended although its lease held")
	default:
	}
	s.clock.Advance(31 * time.Second)
	<-ended
	end()
	<-begun
	s.becomes(id, session.Completed)
}
