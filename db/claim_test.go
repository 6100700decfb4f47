package db_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

func claim(t *testing.T, d *dbkernel.DB, n int) (out []dbwork.Claimed) {
	t.Helper()
	err := d.System(t.Context(), func(s *dbkernel.System) (err error) {
		out, err = dbwork.Across(s).Claim(t.Context(), dbwork.ClaimSpec{Owner: "here", Now: dbtest.Now.Add(time.Minute), Until: dbtest.Now.Add(2 * time.Minute), HostRoom: n, Limit: 100})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func queued(t *testing.T, d *dbkernel.DB, team dbtest.Team, n int) (out []session.Session) {
	t.Helper()
	for range n {
		out = append(out, dbtest.Move(t, d, dbtest.Session(t, d, team), dbtest.Now, session.Queued))
	}
	return out
}

func quota(t *testing.T, d *dbkernel.DB, team dbtest.Team, n int) {
	t.Helper()
	err := d.Update(t.Context(), team.ID, func(s *dbkernel.Scope) error {
		return dbwork.On(s).SetLimits(t.Context(), tenant.Limits{MaxConcurrent: n, MaxQueued: 500})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestClaimMovesWithEverything(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		v := queued(t, d, team, 1)[0]
		cs := claim(t, d, 5)
		if len(cs) != 1 {
			t.Fatalf("claimed %d", len(cs))
		}
		c := cs[0]
		if rows := dbtest.Rows(t, d, `SELECT verb || ' ' || detail || ' ' || object_id FROM audit`); len(rows) != 1 || rows[0] != "move_session queued → running "+string(v.ID) {
			t.Errorf("the audit log says %v", rows)
		}
		got := dbtest.Read(t, d, v)
		if diff := cmp.Diff(got, c.Session); diff != "" {
			t.Error(diff)
		}
		if got.Status != session.Running || got.Attempt != 1 || got.RanSince == nil || c.Tenant.Slug != "alpha" || !strings.HasPrefix(c.Lease, "here/") {
			t.Errorf("claimed %+v by %q of %q", got, c.Lease, c.Tenant.Slug)
		}
		err := d.View(t.Context(), team.ID, func(s *dbkernel.Scope) error {
			evs, err := dbwork.On(s).Events(t.Context(), v.ID, 0, 10)
			want := event.Event{Seq: 1, Type: event.SessionState, V: 1, Attempt: 1, Actor: event.Actor{Kind: "system"}, At: dbtest.Now.Add(time.Minute),
				Data: json.RawMessage(`{"from":"queued","to":"running"}`)}
			if diff := cmp.Diff([]event.Event{want}, evs); diff != "" {
				t.Error(diff)
			}
			changes, err2 := dbwork.On(s).Changes(t.Context(), 2, 10)
			if len(changes) != 1 || changes[0].N != 3 || err2 != nil {
				t.Errorf("changes %+v, %v", changes, err2)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if l := limits(t, d, team); l.Ready != 0 || l.Running != 1 || !l.LastServedAt.Equal(dbtest.Now.Add(time.Minute)) {
			t.Errorf("limits %+v", l)
		}
		if diff := cmp.Diff(map[session.Status]int64{session.Running: 1}, counts(t, d, team)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestHundredClaimsOnAQuotaOfTen(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		queued(t, d, team, 30)
		var wg sync.WaitGroup
		for range 25 {
			wg.Go(func() {
				err := d.System(t.Context(), func(s *dbkernel.System) error {
					_, err := dbwork.Across(s).Claim(t.Context(), dbwork.ClaimSpec{Owner: "here", Now: dbtest.Now, Until: dbtest.Now, HostRoom: 4, Limit: 4})
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		// A claim skips a team whose row is locked, so one more claim is needed for the rest.
		claim(t, d, 100)
		if diff := cmp.Diff(map[session.Status]int64{session.Running: 10, session.Queued: 20}, counts(t, d, team)); diff != "" {
			t.Error(diff)
		}
		if l := limits(t, d, team); l.Running != 10 || l.Ready != 20 {
			t.Errorf("limits %+v", l)
		}
	})
}

func TestClaimIsFair(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		small, big, off, none := dbtest.NewTeam(t, d, "small"), dbtest.NewTeam(t, d, "big"), dbtest.NewTeam(t, d, "off"), dbtest.NewTeam(t, d, "none")
		quota(t, d, small, 2)
		quota(t, d, big, 6)
		quota(t, d, none, 0)
		for _, team := range []dbtest.Team{small, big, off, none} {
			queued(t, d, team, 8)
		}
		dbtest.Exec(t, d, `UPDATE tenants SET is_active = 0 WHERE slug = 'off'`)
		var order []string
		for _, c := range claim(t, d, 100) {
			order = append(order, c.Tenant.Slug)
		}
		// (running + 1) / quota: big 1/6, 2/6; then 3/6 against small's 1/2, where small was not served yet; and so on.
		want := []string{"big", "big", "small", "big", "big", "big", "small", "big"}
		if !slices.Equal(order, want) {
			t.Errorf("order %v, want %v", order, want)
		}
	})
}

func TestClaimInsideATeamByPriorityThenAge(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		put := func(title string, p session.Priority, at time.Time) {
			v := dbtest.Session(t, d, team, func(v *session.Session) { v.Title, v.Priority = title, p })
			dbtest.Move(t, d, v, at, session.Queued)
		}
		put("medium now", session.Medium, dbtest.Now)
		put("critical now", 0, dbtest.Now)
		put("low, waits 11 minutes", 3, dbtest.Now.Add(-11*time.Minute))
		put("medium, a second later", session.Medium, dbtest.Now.Add(time.Second))
		var places []int64
		var order []string
		err := d.View(t.Context(), team.ID, func(s *dbkernel.Scope) error {
			items, _, err := dbwork.On(s).Sessions(t.Context(), session.Filter{})
			for _, v := range items {
				place, err := dbwork.On(s).QueuePlace(t.Context(), v.ID)
				if all, _ := dbwork.On(s).QueuePlaces(t.Context()); err != nil || all[v.ID] != place {
					return fmt.Errorf("place %d, %d among all: %w", place, all[v.ID], err)
				}
				places = append(places, place)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range claim(t, d, 10) {
			order = append(order, c.Session.Title)
		}
		if want := []string{"critical now", "low, waits 11 minutes", "medium now", "medium, a second later"}; !slices.Equal(order, want) {
			t.Errorf("order %v", order)
		}
		if !slices.Equal(places, []int64{4, 2, 1, 3}) {
			t.Errorf("places, newest session first: %v", places)
		}
	})
}

func TestLoopsFindTheirSessions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team, other := dbtest.NewTeam(t, d, "alpha"), dbtest.NewTeam(t, d, "beta")
		a, b := queued(t, d, team, 1)[0], queued(t, d, other, 1)[0]
		paused := dbtest.Move(t, d, dbtest.Session(t, d, team), dbtest.Now, session.Queued, session.Running)
		retry := dbtest.Now.Add(time.Minute)
		err := d.Update(t.Context(), team.ID, func(s *dbkernel.Scope) error {
			_, err := dbwork.On(s).MoveSession(t.Context(), dbwork.Move{ID: paused.ID, From: session.Running, To: session.Paused, At: dbtest.Now, ResumeOnStart: true})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		failed := dbtest.Move(t, d, dbtest.Session(t, d, other), dbtest.Now, session.Queued, session.Failed)
		err = d.Update(t.Context(), other.ID, func(s *dbkernel.Scope) error {
			_, err := dbwork.On(s).MoveSession(t.Context(), dbwork.Move{ID: failed.ID, From: session.Failed, To: session.Pending, At: dbtest.Now, RetryAt: &retry, CountRetry: true})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		claim(t, d, 10)
		ids := func(cs []dbwork.Claimed, err error) (out []session.ID) {
			if err != nil {
				t.Error(err)
			}
			for _, c := range cs {
				out = append(out, c.Session.ID)
			}
			slices.Sort(out)
			return out
		}
		refs := func(rs []dbkernel.SessionRef, err error) (out []session.ID) {
			if err != nil {
				t.Error(err)
			}
			for _, r := range rs {
				out = append(out, r.ID)
			}
			return out
		}
		both := []session.ID{a.ID, b.ID}
		slices.Sort(both)
		ctx := t.Context()
		err = d.SystemView(ctx, func(s *dbkernel.System) error {
			for name, c := range map[string]struct{ got, want []session.ID }{
				"own leases":              {ids(dbwork.Across(s).OwnLeases(ctx, "here")), both},
				"another's leases":        {ids(dbwork.Across(s).OwnLeases(ctx, "her")), nil},
				"leases that still hold":  {ids(dbwork.Across(s).ExpiredLeases(ctx, dbtest.Now, 10)), nil},
				"leases that ran out":     {ids(dbwork.Across(s).ExpiredLeases(ctx, dbtest.Now.Add(time.Hour), 10)), both},
				"retries before the time": {refs(dbwork.Across(s).DueRetries(ctx, dbtest.Now, 10)), nil},
				"retries":                 {refs(dbwork.Across(s).DueRetries(ctx, retry, 10)), []session.ID{failed.ID}},
				"to be resumed":           {refs(dbwork.Across(s).ResumeOnStart(ctx, 10)), []session.ID{paused.ID}},
			} {
				if !slices.Equal(c.got, c.want) {
					t.Errorf("%s: %v, want %v", name, c.got, c.want)
				}
			}
			live, err := dbwork.Across(s).LiveSessions(ctx)
			if len(live) != 2 || live[0].Attempt != 1 || live[0].MaxDuration != time.Hour || live[0].RanSince == nil {
				t.Errorf("live: %+v", live)
			}
			total, _, err2 := dbwork.Across(s).Totals(ctx)
			if total[session.Running] != 2 || total[session.Paused] != 1 || total[session.Pending] != 1 || err2 != nil {
				t.Errorf("totals: %v, %v", total, err2)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
