package db_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// TestANoteOfACheckpointIsFound as the title of its session is, and only by its team.
func TestANoteOfACheckpointIsFound(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team, other := dbtest.NewTeam(t, d, "alpha"), dbtest.NewTeam(t, d, "beta")
		marked := dbtest.Session(t, d, team)
		update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
			manual := session.Checkpoint{N: 1, Cause: session.Manual, Note: "Zebra tests, green"}
			if err := dbwork.On(s).AddCheckpoint(ctx, marked.ID, manual); err != nil {
				return err
			}
			return dbwork.On(s).AddCheckpoint(ctx, marked.ID, session.Checkpoint{N: 2, Cause: session.AfterTurn, Note: "failed"})
		})
		for _, c := range []struct {
			team  tenant.ID
			query string
			found int
		}{{team.ID, "zebra green", 1}, {team.ID, "failed", 0}, {other.ID, "zebra", 0}} {
			items := view(t, d, c.team, func(ctx context.Context, s *dbkernel.Scope) ([]session.Session, error) {
				items, _, err := dbwork.On(s).Sessions(ctx, session.Filter{Query: c.query, Limit: 10})
				return items, err
			})
			if len(items) != c.found {
				t.Errorf("%q finds %d sessions", c.query, len(items))
			}
		}
	})
}

// TestACommonWordIsFoundAsARareOne: a word that thousands of sessions have is looked for in another way.
func TestACommonWordIsFoundAsARareOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team, other := dbtest.NewTeam(t, d, "alpha"), dbtest.NewTeam(t, d, "beta")
		rare := dbtest.Session(t, d, team, func(v *session.Session) { v.Title = "common zebra" })
		dbtest.Session(t, d, other)
		dbtest.Exec(t, d, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
			INSERT INTO sessions (tenant_id, id, title, session_type, priority, status, status_at, model, agent, prompt, max_duration_ms, created_by, created_by_name, created_at)
			SELECT s.tenant_id, s.id || '-' || n.i, s.title, s.session_type, s.priority, s.status, s.status_at, s.model, s.agent, s.prompt, s.max_duration_ms,
				s.created_by, s.created_by_name, s.created_at FROM sessions s, n`)
		dbtest.Exec(t, d, `INSERT INTO session_terms SELECT tenant_id, 'common', id FROM sessions WHERE true ON CONFLICT DO NOTHING`)
		find := func(f session.Filter) (ids []session.ID) {
			items := view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) ([]session.Session, error) {
				items, _, err := dbwork.On(s).Sessions(ctx, f)
				return items, err
			})
			for _, v := range items {
				ids = append(ids, v.ID)
			}
			return ids
		}
		if diff := cmp.Diff(find(session.Filter{Limit: 200}), find(session.Filter{Limit: 200, Query: "comm"})); diff != "" {
			t.Errorf("all sessions, and those with a word that all have:\n%s", diff)
		}
		if diff := cmp.Diff([]session.ID{rare.ID}, find(session.Filter{Query: "common zeb"})); diff != "" {
			t.Error(diff)
		}
	})
}
