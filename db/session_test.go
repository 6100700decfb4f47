package db_test

import (
	"context"
	"slices"
	"testing"
	"time"

	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// update and view run one call in a team's scope and fail the test on an error.
func update(t *testing.T, d *dbkernel.DB, team tenant.ID, fn func(context.Context, *dbkernel.Scope) error) {
	t.Helper()
	if err := d.Update(t.Context(), team, func(s *dbkernel.Scope) error { return fn(t.Context(), s) }); err != nil {
		t.Fatal(err)
	}
}

func view[T any](t *testing.T, d *dbkernel.DB, team tenant.ID, fn func(context.Context, *dbkernel.Scope) (T, error)) (v T) {
	t.Helper()
	err := d.View(t.Context(), team, func(s *dbkernel.Scope) (err error) { v, err = fn(t.Context(), s); return err })
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// tryUpdate runs one call in a team's scope and returns its error.
func tryUpdate(t *testing.T, d *dbkernel.DB, team tenant.ID, fn func(context.Context, *dbkernel.Scope) error) error {
	t.Helper()
	return d.Update(t.Context(), team, func(s *dbkernel.Scope) error { return fn(t.Context(), s) })
}

func counts(t *testing.T, d *dbkernel.DB, team dbtest.Team) map[session.Status]int64 {
	t.Helper()
	all := view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) (map[session.Status]int64, error) {
		return dbwork.On(s).Counts(ctx)
	})
	if len(all) != 12 {
		t.Errorf("%d counters", len(all))
	}
	for k, n := range all {
		if n == 0 {
			delete(all, k)
		}
	}
	return all
}

func limits(t *testing.T, d *dbkernel.DB, team dbtest.Team) tenant.Limits {
	t.Helper()
	return view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) (tenant.Limits, error) { return dbpeople.On(s).Limits(ctx) })
}

func TestSessionKeepsEveryField(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		repo := dbtest.Repository(t, d, team, "shop")
		parent := dbtest.Session(t, d, team)
		tokens, cost := int64(1000), int64(5_000_000)
		var want session.Session
		got := dbtest.Session(t, d, team, func(v *session.Session) {
			v.Title, v.Description, v.Type, v.Priority = "Ünïcode ✓", "why", "review", 0
			v.ParentID, v.RepositoryID, v.BaseRef, v.Branch, v.BaseCommit = parent.ID, repo.ID, "main", "orchestrator/x", "abc"
			v.MaxDuration, v.MaxTokens, v.MaxCostMicroUSD = 90*time.Minute, &tokens, &cost
			v.Tags, v.Metadata = []string{"a", "b c"}, []byte(`{"k": [1, 2]}`)
			want = *v
		})
		want.RepositoryName = "shop"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMoveKeepsClockCountersAndChanges(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		v := dbtest.Session(t, d, team)
		at := dbtest.Now
		move := func(m dbwork.Move) session.Session {
			m.ID, m.From = v.ID, v.Status
			update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
				_, err := dbwork.On(s).MoveSession(ctx, m)
				return err
			})
			return dbtest.Read(t, d, v)
		}
		v = move(dbwork.Move{To: session.Queued, At: at, NewAttempt: true})
		if v.Attempt != 1 || v.QueuedAt == nil || limits(t, d, team).Ready != 1 {
			t.Errorf("queued: attempt %d, since %v, limits %+v", v.Attempt, v.QueuedAt, limits(t, d, team))
		}
		v = move(dbwork.Move{To: session.Running, At: at.Add(time.Minute)})
		if l := limits(t, d, team); l.Ready != 0 || l.Running != 1 || v.RanSince == nil || v.StartedAt == nil {
			t.Errorf("running: limits %+v, since %v, started %v", l, v.RanSince, v.StartedAt)
		}
		v = move(dbwork.Move{To: session.Degraded, At: at.Add(2 * time.Minute), Reason: session.Reason{Code: session.Stalled, Message: "Nothing happens."}})
		if v.RanSince == nil || !v.RanSince.Equal(at.Add(time.Minute)) || v.Reason.Code != session.Stalled {
			t.Errorf("degraded keeps the clock running: since %v, reason %v", v.RanSince, v.Reason)
		}
		v = move(dbwork.Move{To: session.Paused, At: at.Add(5 * time.Minute), ResumeOnStart: true})
		if v.Ran != 4*time.Minute || v.RanSince != nil || limits(t, d, team).Running != 0 || v.Reason.Code != "" {
			t.Errorf("paused: ran %v since %v, limits %+v, reason %v", v.Ran, v.RanSince, limits(t, d, team), v.Reason)
		}
		v = move(dbwork.Move{To: session.Running, At: at.Add(10 * time.Minute)})
		retry := at.Add(time.Hour)
		v = move(dbwork.Move{To: session.Failed, At: at.Add(11 * time.Minute)})
		if v.Ran != 5*time.Minute || v.EndedAt == nil || !v.StartedAt.Equal(at.Add(time.Minute)) {
			t.Errorf("failed: ran %v, ended %v, started %v", v.Ran, v.EndedAt, v.StartedAt)
		}
		v = move(dbwork.Move{To: session.Pending, At: at.Add(11 * time.Minute), RetryAt: &retry, CountRetry: true})
		if v.RetryCount != 1 || v.RetryAt == nil || !v.RetryAt.Equal(retry) || v.EndedAt != nil {
			t.Errorf("to be retried: %d, %v, ended %v", v.RetryCount, v.RetryAt, v.EndedAt)
		}
		v = move(dbwork.Move{To: session.Queued, At: retry, NewAttempt: true, ResetRetries: true})
		if v.Attempt != 2 || v.Ran != 0 || v.RetryAt != nil || v.RetryCount != 0 {
			t.Errorf("next attempt: %d, ran %v, retry %v %d", v.Attempt, v.Ran, v.RetryAt, v.RetryCount)
		}
		if diff := cmp.Diff(map[session.Status]int64{session.Queued: 1}, counts(t, d, team)); diff != "" {
			t.Error(diff)
		}
		changes := view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) ([]session.Change, error) {
			return dbwork.On(s).Changes(ctx, 0, 100)
		})
		for i, c := range changes {
			if c.N != int64(i+1) || c.Session != v.ID {
				t.Errorf("change %d: %+v", i+1, c)
			}
		}
		last := view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) (int64, error) { return dbwork.On(s).LastChange(ctx) })
		if len(changes) != 9 || last != 9 || changes[0].Kind != "created" || changes[8].Kind != "status" {
			t.Errorf("changes: %+v, last %d", changes, last)
		}
	})
}

func TestSessionsAreCountedUpToALimit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		alpha, beta := dbtest.NewTeam(t, d, "alpha"), dbtest.NewTeam(t, d, "beta")
		dbtest.Session(t, d, beta)
		var all []session.Session
		for range 5 {
			all = append(all, dbtest.Session(t, d, alpha))
		}
		dbtest.Move(t, d, all[1], dbtest.Now, session.Queued)
		dbtest.Move(t, d, all[4], dbtest.Now, session.Cancelled)
		for name, c := range map[string]struct {
			f    session.Filter
			n    int
			more bool
		}{
			"all": {session.Filter{Limit: 9}, 5, false}, "exactly as many": {session.Filter{Limit: 5}, 5, false}, "a few": {session.Filter{Limit: 4}, 4, true},
			"newer ones": {session.Filter{After: all[2].ID, Limit: 9}, 2, false}, "none newer": {session.Filter{After: all[4].ID, Limit: 9}, 0, false},
			"of a status": {session.Filter{Statuses: []session.Status{session.Queued}, Limit: 9}, 1, false},
			"of two":      {session.Filter{Statuses: []session.Status{session.Queued, session.Cancelled}, Limit: 9}, 2, false},
			"by a word":   {session.Filter{Query: "alph", Limit: 9}, 5, false}, "another team's": {session.Filter{Query: "beta", Limit: 9}, 0, false},
		} {
			update(t, d, alpha.ID, func(ctx context.Context, s *dbkernel.Scope) error {
				if n, more, err := dbwork.On(s).CountSessions(ctx, c.f); err != nil || n != c.n || more != c.more {
					t.Errorf("%s: %d, more %v, %v; want %d, %v", name, n, more, err, c.n, c.more)
				}
				return nil
			})
		}
	})
}

func TestMoveComparesAndSets(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		v := dbtest.Session(t, d, team)
		won := make(chan error, 8)
		for range cap(won) {
			go func() {
				won <- tryUpdate(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
					_, err := dbwork.On(s).MoveSession(ctx, dbwork.Move{ID: v.ID, From: session.Pending, To: session.Queued, At: dbtest.Now, NewAttempt: true})
					return err
				})
			}()
		}
		n := 0
		for range cap(won) {
			if err := <-won; err == nil {
				n++
			} else if !fault.Is(err, fault.Conflict) {
				t.Errorf("the loser got %v", err)
			}
		}
		if v = dbtest.Read(t, d, v); n != 1 || v.Attempt != 1 || limits(t, d, team).Ready != 1 {
			t.Errorf("%d won, attempt %d, limits %+v", n, v.Attempt, limits(t, d, team))
		}
		err := tryUpdate(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
			_, err := dbwork.On(s).MoveSession(ctx, dbwork.Move{ID: v.ID, From: session.Queued, To: session.Pending, At: dbtest.Now, Version: v.Version - 1})
			return err
		})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("an old version: %v", err)
		}
	})
}

func TestWaitingStopsTheClock(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		at := dbtest.Now
		v := dbtest.Move(t, d, dbtest.Session(t, d, team), at, session.Queued, session.Running) // runs from at + 1 s
		wait := func(w session.WaitingFor, after time.Duration) session.Session {
			update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
				return dbwork.On(s).SetWaitingFor(ctx, v.ID, w, at.Add(after))
			})
			return dbtest.Read(t, d, v)
		}
		if v = wait(session.Approval, 11*time.Second); v.Ran != 10*time.Second || v.RanSince != nil || v.WaitingFor != session.Approval {
			t.Errorf("waiting: ran %v since %v for %q", v.Ran, v.RanSince, v.WaitingFor)
		}
		if v = wait(session.Question, 20*time.Second); v.Ran != 10*time.Second {
			t.Errorf("still waiting: ran %v", v.Ran)
		}
		if v = wait("", 60*time.Second); v.Ran != 10*time.Second || v.RanSince == nil || !v.RanSince.Equal(at.Add(60*time.Second)) {
			t.Errorf("going on: ran %v since %v", v.Ran, v.RanSince)
		}
		wait(session.Approval, 70*time.Second)
		v = dbtest.Move(t, d, dbtest.Read(t, d, v), at.Add(200*time.Second), session.Paused)
		if v.Ran != 20*time.Second || v.WaitingFor != "" {
			t.Errorf("paused while waiting: ran %v, waits for %q", v.Ran, v.WaitingFor)
		}
	})
}

func TestLeaseFences(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		dbtest.Move(t, d, dbtest.Session(t, d, team), dbtest.Now, session.Queued)
		c := claim(t, d, 1)[0]
		hold := func(attempt int, lease string, until time.Time) error {
			return tryUpdate(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
				return dbwork.On(s).ExtendLease(ctx, c.Session.ID, attempt, lease, until)
			})
		}
		for name, err := range map[string]error{"another attempt": hold(2, c.Lease, time.Time{}), "another holder": hold(1, "x/1", time.Time{}),
			"nobody": hold(1, "", time.Time{}), "another holder's beat": hold(1, "x/1", dbtest.Now)} {
			if !fault.Is(err, fault.Conflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := hold(1, c.Lease, time.Time{}); err != nil {
			t.Errorf("the holder's check: %v", err)
		}
		if err := hold(1, c.Lease, dbtest.Now.Add(time.Hour)); err != nil {
			t.Errorf("the holder's beat: %v", err)
		}
		take := func(old string, now time.Time) error {
			return tryUpdate(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
				return dbwork.On(s).TakeOverLease(ctx, c.Session.ID, old, "other/1", now, now.Add(time.Minute))
			})
		}
		if err := take(c.Lease, dbtest.Now.Add(time.Minute)); !fault.Is(err, fault.Conflict) {
			t.Errorf("a lease that still holds was taken: %v", err)
		}
		if err := take(c.Lease, dbtest.Now.Add(2*time.Hour)); err != nil {
			t.Errorf("a lease that ran out: %v", err)
		}
		if err := hold(1, c.Lease, time.Time{}); !fault.Is(err, fault.Conflict) {
			t.Errorf("the old holder: %v", err)
		}
		update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
			return dbwork.On(s).ReleaseLease(ctx, c.Session.ID, c.Lease)
		})
		if err := hold(1, "other/1", time.Time{}); err != nil {
			t.Errorf("the new holder after the old one gave back: %v", err)
		}
	})
}

func TestListFiltersAndPages(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		var all []session.Session
		for _, title := range []string{"Refuse a start over budget", "Show the budget", "Rename things", "Fix the flaky e2e-test"} {
			all = append(all, dbtest.Session(t, d, team, func(v *session.Session) { v.Title, v.Tags = title, []string{"Größe"} }))
		}
		all[1] = dbtest.Move(t, d, all[1], dbtest.Now, session.Queued, session.Running, session.Failed)
		all[2] = dbtest.Move(t, d, all[2], dbtest.Now, session.Queued)
		list := func(f session.Filter) (ids []session.ID, more bool) {
			err := d.View(t.Context(), team.ID, func(s *dbkernel.Scope) error {
				items, m, err := dbwork.On(s).Sessions(t.Context(), f)
				more = m
				for _, v := range items {
					if v.Prompt != "" || v.Title == "" {
						t.Errorf("row: prompt %q, title %q", v.Prompt, v.Title)
					}
					ids = append(ids, v.ID)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return ids, more
		}
		pick := func(is ...int) (ids []session.ID) {
			for _, i := range is {
				ids = append(ids, all[i].ID)
			}
			return ids
		}
		for name, c := range map[string]struct {
			f    session.Filter
			want []session.ID
			more bool
		}{
			"all, newest first":      {session.Filter{}, pick(3, 2, 1, 0), false},
			"first page":             {session.Filter{Limit: 2}, pick(3, 2), true},
			"page after a row":       {session.Filter{Limit: 2, Before: all[2].ID}, pick(1, 0), false},
			"page before a row":      {session.Filter{Limit: 2, After: all[0].ID}, pick(2, 1), true},
			"one status":             {session.Filter{Statuses: []session.Status{session.Pending}}, pick(3, 0), false},
			"two statuses":           {session.Filter{Statuses: []session.Status{session.Failed, session.Queued}}, pick(2, 1), false},
			"a word's beginning":     {session.Filter{Query: "BUDG"}, pick(1, 0), false},
			"every word must match":  {session.Filter{Query: "budget refuse"}, pick(0), false},
			"a tag with umlauts":     {session.Filter{Query: "größ"}, pick(3, 2, 1, 0), false},
			"a word with a hyphen":   {session.Filter{Query: "e2e-te"}, pick(3), false},
			"no such word":           {session.Filter{Query: "zebra"}, nil, false},
			"the short id":           {session.Filter{Query: session.Short(all[2].ID)}, pick(2), false},
			"the whole id":           {session.Filter{Query: string(all[2].ID)}, pick(2), false},
			"ended since":            {session.Filter{EndedSince: dbtest.Now}, pick(1), false},
			"ended since later":      {session.Filter{EndedSince: dbtest.Now.Add(time.Hour)}, nil, false},
			"status and word":        {session.Filter{Statuses: []session.Status{session.Pending}, Query: "budget"}, pick(0), false},
			"needs you":              {session.Filter{NeedsYou: true}, nil, false},
			"signs in a query":       {session.Filter{Query: "'; % _ \" budget"}, pick(1, 0), false},
			"children of no session": {session.Filter{Parent: all[0].ID}, nil, false},
		} {
			if ids, more := list(c.f); !slices.Equal(ids, c.want) || more != c.more {
				t.Errorf("%s: %v, more %v; want %v, %v", name, ids, more, c.want, c.more)
			}
		}
		update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
			return dbwork.On(s).DeleteSession(ctx, all[1].ID, dbtest.Now)
		})
		if ids, _ := list(session.Filter{Query: "budget"}); !slices.Equal(ids, pick(0)) {
			t.Errorf("after a deletion: %v", ids)
		}
		err := tryUpdate(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
			return dbwork.On(s).DeleteSession(ctx, all[2].ID, dbtest.Now)
		})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("a queued session was deleted: %v", err)
		}
		if diff := cmp.Diff(map[session.Status]int64{session.Pending: 2, session.Queued: 1}, counts(t, d, team)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestFreshRunSendsThePromptAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		v := dbtest.Session(t, d, team)
		conversation, branch, commit := "ses_1", "b", "c0ffee"
		update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
			if err := dbwork.On(s).AddMessage(ctx, v.ID, session.Message{ID: "msg_1", PartID: "prt_1", Text: "hello", CreatedAt: dbtest.Now}); err != nil {
				return err
			}
			if err := dbwork.On(s).MarkSent(ctx, v.ID, []string{"msg_1"}, dbtest.Now); err != nil {
				return err
			}
			if err := dbwork.On(s).SetCursors(ctx, v.ID, map[string]int64{"ses_1": 7}); err != nil {
				return err
			}
			return dbwork.On(s).SetSessionRun(ctx, v.ID, dbwork.RunInfo{Conversation: &conversation, Branch: &branch, BaseCommit: &commit})
		})
		if v = dbtest.Read(t, d, v); v.Conversation != "ses_1" || v.Branch != "b" || v.BaseCommit != "c0ffee" {
			t.Errorf("run: %q %q %q", v.Conversation, v.Branch, v.BaseCommit)
		}
		update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
			return dbwork.On(s).SetSessionRun(ctx, v.ID, dbwork.RunInfo{Fresh: true, KeepTree: true})
		})
		waiting := view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) ([]session.Message, error) {
			return dbwork.On(s).Undelivered(ctx, v.ID)
		})
		cursors := view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) (map[string]int64, error) {
			return dbwork.On(s).Cursors(ctx, v.ID)
		})
		if v = dbtest.Read(t, d, v); v.Conversation != "" || v.BaseCommit != "c0ffee" || len(waiting) != 1 || len(cursors) != 0 {
			t.Errorf("fresh: %q %q, %v, %v", v.Conversation, v.BaseCommit, waiting, cursors)
		}
		update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
			return dbwork.On(s).SetSessionRun(ctx, v.ID, dbwork.RunInfo{Fresh: true})
		})
		if v = dbtest.Read(t, d, v); v.BaseCommit != "" || v.Branch != "b" {
			t.Errorf("fresh tree: %q %q", v.BaseCommit, v.Branch)
		}
	})
}
