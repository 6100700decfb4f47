package db_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/db/migrations"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

func system(t *testing.T, d *dbkernel.DB, fn func(context.Context, *dbkernel.System) error) {
	t.Helper()
	if err := d.System(t.Context(), func(s *dbkernel.System) error { return fn(t.Context(), s) }); err != nil {
		t.Fatal(err)
	}
}

// withSession are the tables whose rows name a session.
func withSession(t *testing.T) (out []string) {
	for _, table := range tenantTables(t) {
		_, body, _ := strings.Cut(migrations.Text(), "CREATE TABLE "+table+" ")
		if body, _, _ = strings.Cut(body, ";"); strings.Contains(body, " session_id ") && table != "tenant_changes" {
			out = append(out, table)
		}
	}
	return out
}

func TestAPurgedSessionLeavesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		alpha, beta := furnish(t, d, "alpha"), furnish(t, d, "beta")
		child := dbtest.Session(t, d, alpha.team, func(v *session.Session) { v.ParentID = alpha.running.ID })
		before, audited := everything(t, d, beta), dbtest.Rows(t, d, `SELECT id FROM audit ORDER BY id`)
		dbtest.Move(t, d, alpha.running, dbtest.Now.Add(time.Hour), session.Completed)
		update(t, d, alpha.team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
			return dbwork.On(s).DeleteSession(ctx, alpha.running.ID, dbtest.Now)
		})
		system(t, d, func(ctx context.Context, s *dbkernel.System) error {
			gone, err := dbwork.Across(s).DeletedSessions(ctx, dbtest.Now.Add(time.Second), 10)
			if len(gone) != 1 || gone[0].ID != alpha.running.ID || gone[0].Repository != alpha.repo.ID {
				t.Errorf("deleted: %+v", gone)
			}
			return errors.Join(err, dbwork.Across(s).PurgeSession(ctx, dbkernel.SessionRef{Tenant: alpha.team.ID, ID: alpha.running.ID}))
		})
		for _, table := range withSession(t) {
			got := dbtest.Rows(t, d, `SELECT session_id FROM `+table+` WHERE session_id = '`+string(alpha.running.ID)+`'`)
			if len(got) > 0 {
				t.Errorf("%s still has %d rows of it", table, len(got))
			}
		}
		if got := dbtest.Rows(t, d, `SELECT id FROM sessions WHERE id = '`+string(alpha.running.ID)+`'`); len(got) > 0 {
			t.Error("its own row is there still")
		}
		if dbtest.Read(t, d, child).ParentID != "" || len(dbtest.Rows(t, d, `SELECT model FROM usage_days`)) != 2 || cmp.Diff(audited, dbtest.Rows(t, d, `SELECT id FROM audit ORDER BY id`)) != "" {
			t.Error("its child, usage or audit did not stay")
		}
		truth(t, d, alpha.team)
		if diff := cmp.Diff(before, everything(t, d, beta)); diff != "" {
			t.Errorf("another tenant's rows changed:\n%s", diff)
		}
	})
}

func TestASessionThatIsNotDeletedKeepsItsRow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		alpha := furnish(t, d, "alpha")
		system(t, d, func(ctx context.Context, s *dbkernel.System) error {
			return dbwork.Across(s).PurgeSession(ctx, dbkernel.SessionRef{Tenant: alpha.team.ID, ID: alpha.running.ID})
		})
		dbtest.Read(t, d, alpha.running)
	})
}

func TestBodiesLiveAsLongAsTheirCalls(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		day := func(n int) time.Time { return dbtest.Now.AddDate(0, 0, n) }
		call := func(n int, bodies ...string) {
			all := map[string]string{}
			for _, b := range bodies {
				all[b] = b
			}
			update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
				return dbwork.On(s).AddCall(ctx, usage.Call{ID: id.New(), Request: bodies, Started: day(n), Response: []byte(`{}`)}, all)
			})
		}
		call(0, "prompt", "old")
		call(20, "prompt", "new")
		system(t, d, func(ctx context.Context, s *dbkernel.System) error {
			_, err := dbwork.Across(s).DeleteOldRows(ctx, day(10), 100, 100)
			return err
		})
		if got := dbtest.Rows(t, d, `SELECT address FROM model_blobs ORDER BY 1`); !cmp.Equal(got, []string{"new", "prompt"}) {
			t.Errorf("bodies: %v", got)
		}
		if got := dbtest.Rows(t, d, `SELECT request FROM model_calls`); len(got) != 1 {
			t.Errorf("calls: %v", got)
		}
	})
}

func TestOldChangesGoAndTheNumbersGoOn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		for range 10 {
			dbtest.Session(t, d, team)
		}
		system(t, d, func(ctx context.Context, s *dbkernel.System) error {
			_, err := dbwork.Across(s).DeleteOldRows(ctx, dbtest.Now, 3, 100)
			return err
		})
		dbtest.Session(t, d, team)
		cs := view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) ([]session.Change, error) {
			return dbwork.On(s).Changes(ctx, 0, 100)
		})
		if len(cs) != 4 || cs[0].N != 8 || cs[3].N != 11 {
			t.Errorf("changes: %+v", cs)
		}
	})
}

// What stays of a purged team: its log, its sums, and what they hang on.
var keptOfTeam = []string{"audit", "lanes", "usage_days", "usage_user_days", "agent_usage_days"}

func TestAPurgedTeamLeavesItsLogAndItsSums(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		alpha, beta := furnish(t, d, "alpha"), furnish(t, d, "beta")
		before, kept := everything(t, d, beta), everything(t, d, alpha)
		system(t, d, func(ctx context.Context, s *dbkernel.System) error {
			err := dbpeople.Across(s).DeleteTenant(ctx, alpha.team.ID, dbtest.Now)
			if gone, _ := dbpeople.Across(s).ExpiredTeams(ctx, dbtest.Now, 10); len(gone) != 0 {
				t.Errorf("too early: %v", gone)
			}
			gone, err2 := dbpeople.Across(s).ExpiredTeams(ctx, dbtest.Now.Add(time.Second), 10)
			if len(gone) != 1 || gone[0] != alpha.team.ID {
				t.Errorf("expired: %v", gone)
			}
			return errors.Join(err, err2, dbwork.Across(s).MarkSessionsDeleted(ctx, alpha.team.ID, dbtest.Now))
		})
		system(t, d, func(ctx context.Context, s *dbkernel.System) error {
			doomed, err := dbwork.Across(s).DeletedSessions(ctx, dbtest.Now.Add(time.Second), 1000)
			for _, p := range doomed {
				err = errors.Join(err, dbwork.Across(s).PurgeSession(ctx, p.SessionRef))
			}
			return errors.Join(err, dbpeople.Across(s).PurgeTeam(ctx, alpha.team.ID, dbtest.Now))
		})
		left := view(t, d, alpha.team.ID, func(ctx context.Context, s *dbkernel.Scope) (map[string][]string, error) {
			return dump(ctx, s, tenantTables(t))
		})
		for table, rows := range left {
			if want := kept[table]; slices.Contains(keptOfTeam, table) != (len(rows) > 0) || len(rows) > 0 && table != "lanes" && len(rows) != len(want) {
				t.Errorf("%s has %d rows left of %d", table, len(rows), len(want))
			}
		}
		if diff := cmp.Diff(before, everything(t, d, beta)); diff != "" {
			t.Errorf("another tenant's rows changed:\n%s", diff)
		}
	})
}
