package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/engine"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/fake"
)

// keeper notes whose trees were removed.
type keeper struct {
	trees
	removed *[]session.ID
}

func (k keeper) Remove(_ context.Context, s session.Session) error {
	*k.removed = append(*k.removed, s.ID)
	return nil
}

func (k keeper) RemoveTeam(_ context.Context, t tenant.ID) error {
	*k.removed = append(*k.removed, session.ID(t))
	return nil
}

// finished is a completed session with a transcript and a model call.
func (s *shop) finished() session.ID {
	s.t.Helper()
	id := s.becomes(s.start(), session.Completed).ID
	call := usage.Call{ID: "call-" + string(id), Session: string(id), Provider: "models", Model: "small", Started: s.clock.Now(), Counts: usage.Counts{Input: 10}}
	if err := s.app.Work.RecordCall(s.t.Context(), s.by.Tenant, call, [][]byte{[]byte(`{"role":"user"}`)}); err != nil {
		s.t.Fatal(err)
	}
	return id
}

func TestRetainKeepsWhatHasItsTime(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(ctx context.Context, t fake.Turn) (runner.Outcome, error) { return done, t.Say(ctx, "1", "Done.") })
	var removed []session.ID
	s.opts.Workspace = keeper{removed: &removed}
	stop := s.open()
	kept, deleted := s.finished(), s.finished()
	stop()
	if err := s.app.Work.DeleteSession(t.Context(), s.by, deleted); err != nil {
		t.Fatal(err)
	}
	e := engine.New(s.opts)
	retain := func(after time.Duration) {
		s.clock.Advance(after)
		if err := e.Retain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	retain(29 * 24 * time.Hour)
	if calls, _, err := s.app.Work.Calls(t.Context(), s.by, kept, "", 10); err != nil || len(calls) != 1 || len(removed) != 0 {
		t.Fatalf("after 29 days there are %d calls, %v, and the trees of %v are gone", len(calls), err, removed)
	}
	retain(2 * 24 * time.Hour)
	if calls, _, err := s.app.Work.Calls(t.Context(), s.by, kept, "", 10); err != nil || len(calls) != 0 {
		t.Errorf("after 31 days there are %d calls, %v", len(calls), err)
	}
	if len(removed) != 1 || removed[0] != deleted || s.rows(deleted) {
		t.Errorf("after 31 days the trees of %v are gone, the deleted session is there: %v", removed, s.rows(deleted))
	}
	if v := s.session(kept); v.Tokens.Input != 10 {
		t.Errorf("the sums of a kept session are %+v", v.Tokens)
	}
	retain(335 * 24 * time.Hour)
	if es, err := s.app.Work.Events(t.Context(), s.by, kept, 0, 100); err != nil || len(es) != 0 {
		t.Errorf("after a year the transcript has %d events, %v", len(es), err)
	}
}

// A deleted team can be brought back for 30 days; then its sessions, its directories and its rows go.
func TestRetainTakesDeletedTeams(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(ctx context.Context, t fake.Turn) (runner.Outcome, error) { return done, t.Say(ctx, "1", "Done.") })
	var removed []session.ID
	s.opts.Workspace = keeper{removed: &removed}
	stop := s.open()
	id := s.finished()
	stop()
	if err := s.app.Console.DeleteTeam(t.Context(), appkernel.Operator(), s.by.Tenant, s.by.Slug); err != nil {
		t.Fatal(err)
	}
	e := engine.New(s.opts)
	for _, days := range []time.Duration{29, 2} {
		if s.clock.Advance(days * 24 * time.Hour); e.Retain(t.Context()) != nil {
			t.Fatal("retain")
		}
		if days == 29 && len(removed) != 0 {
			t.Fatalf("after 29 days %v are gone", removed)
		}
	}
	if len(removed) != 2 || removed[0] != id || removed[1] != session.ID(s.by.Tenant) || s.rows(id) {
		t.Errorf("after 31 days the trees of %v are gone", removed)
	}
	if err := s.app.Console.RestoreTeam(t.Context(), appkernel.Operator(), s.by.Tenant); !fault.Is(err, fault.NotFound) {
		t.Errorf("restored after 31 days: %v", err)
	}
}

// What the operator sets holds at the next pass, without a restart.
func TestRetainObeysWhatIsSet(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(ctx context.Context, t fake.Turn) (runner.Outcome, error) { return done, t.Say(ctx, "1", "Done.") })
	s.opts.Workspace = keeper{removed: new([]session.ID)}
	stop := s.open()
	kept := s.finished()
	stop()
	e := engine.New(s.opts)
	admin := tenant.Actor{Name: "boss", Admin: true, Via: "login"}
	pass := func(after time.Duration, transcripts, calls string) (left, events int) {
		t.Helper()
		s.clock.Advance(after)
		if err := errors.Join(s.app.Console.SetKeep(t.Context(), admin, transcripts, calls), e.Retain(t.Context())); err != nil {
			t.Fatal(err)
		}
		cs, _, err := s.app.Work.Calls(t.Context(), s.by, kept, "", 10)
		es, err2 := s.app.Work.Events(t.Context(), s.by, kept, 0, 100)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		return len(cs), len(es)
	}
	const day = 24 * time.Hour
	if calls, events := pass(100*day, "0", "200"); calls != 1 || events == 0 {
		t.Errorf("kept longer than by default: %d calls, %d events", calls, events)
	}
	if calls, events := pass(300*day, "0", "30"); calls != 0 || events == 0 {
		t.Errorf("calls shortened, transcripts for ever: %d calls, %d events", calls, events)
	}
	if _, events := pass(0, "90", "30"); events != 0 {
		t.Errorf("transcripts shortened: %d events", events)
	}
}

// rows reports whether the list of deleted sessions still names id.
func (s *shop) rows(id session.ID) (found bool) {
	s.t.Helper()
	err := s.db.SystemView(context.Background(), func(sys *dbkernel.System) error {
		list, err := dbwork.Across(sys).DeletedSessions(context.Background(), s.clock.Now().Add(time.Hour), 100)
		for _, p := range list {
			found = found || p.ID == id
		}
		return err
	})
	if err != nil && !fault.Is(err, fault.NotFound) {
		s.t.Fatal(err)
	}
	return found
}

// Work that nobody has pushed or merged is announced a week before its tree goes, and its patch stays as long again.
func TestRetainKeepsUntakenWorkLonger(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(ctx context.Context, t fake.Turn) (runner.Outcome, error) { return done, t.Say(ctx, "1", "Done.") })
	var removed []session.ID
	s.opts.Workspace = keeper{removed: &removed}
	stop := s.open()
	id := s.finished()
	stop()
	e := engine.New(s.opts)
	const day = 24 * time.Hour
	outcome := func(after time.Duration) (o session.Outcome, hasPatch bool, events int) {
		t.Helper()
		s.clock.Advance(after)
		if err := e.Retain(t.Context()); err != nil {
			t.Fatal(err)
		}
		all, err := s.app.Work.Outcomes(t.Context(), s.by, id)
		p, err2 := s.app.Work.Patch(t.Context(), s.by, id, 0)
		es, err3 := s.app.Work.Events(t.Context(), s.by, id, 0, 100)
		if err := errors.Join(err, err2, err3); err != nil || len(all) != 1 {
			t.Fatal(err, all)
		}
		return all[0], !p.TakenAt.IsZero(), len(es)
	}
	if o, _, _ := outcome(357 * day); o.NoticedAt != nil {
		t.Error("announced more than a week before")
	}
	if o, _, _ := outcome(2 * day); o.NoticedAt == nil || len(removed) != 0 {
		t.Errorf("not announced a week before: %+v, removed %v", o, removed)
	}
	if o, patch, events := outcome(6 * day); o.RemovedAt != nil || !patch || len(removed) != 0 || events == 0 {
		t.Errorf("removed on the last day: %+v, %v, %d events", o, removed, events)
	}
	if o, patch, events := outcome(2 * day); o.RemovedAt == nil || !patch || len(removed) != 1 || events != 0 {
		t.Errorf("not removed after its time: %+v, %v, %d events", o, removed, events)
	}
	if _, patch, _ := outcome(364 * day); !patch || len(removed) != 1 {
		t.Errorf("the patch is gone before as long again has passed, removed %v", removed)
	}
	if o, patch, _ := outcome(2 * day); patch || o.Files != 1 {
		t.Errorf("after as long again, the patch is there: %v, the figures are %+v", patch, o)
	}
}
