package db_test

import (
	"context"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

func TestDeletedThingsAreHiddenAndKept(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		repo, p := dbtest.Repository(t, d, team, "shop"), dbtest.Provider(t, d, team, "local")
		v := dbtest.Session(t, d, team, func(v *session.Session) { v.RepositoryID = repo.ID })
		user := dbtest.Session(t, d, team, func(v *session.Session) { v.RepositoryID = repo.ID })
		update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
			if err := dbwork.On(s).DeleteSession(ctx, v.ID, dbtest.Now); err != nil {
				return err
			}
			if err := dbrepos.On(s).DeleteRepository(ctx, repo.ID, dbtest.Now); err != nil {
				return err
			}
			return dbmodels.On(s).DeleteProvider(ctx, p.ID, dbtest.Now)
		})
		for name, err := range map[string]error{
			"session": tryView(t, d, team, func(ctx context.Context, s *dbkernel.Scope) error {
				_, err := dbwork.On(s).Session(ctx, v.ID)
				return err
			}),
			"repository": tryView(t, d, team, func(ctx context.Context, s *dbkernel.Scope) error {
				_, err := dbrepos.On(s).Repository(ctx, repo.ID)
				return err
			}),
			"credential": tryView(t, d, team, func(ctx context.Context, s *dbkernel.Scope) error {
				_, err := dbrepos.On(s).RepositoryCredential(ctx, repo.ID)
				return err
			}),
			"provider": tryView(t, d, team, func(ctx context.Context, s *dbkernel.Scope) error {
				_, err := dbmodels.On(s).Provider(ctx, p.ID)
				return err
			}),
			"provider by name": tryView(t, d, team, func(ctx context.Context, s *dbkernel.Scope) error {
				_, err := dbmodels.On(s).ProviderByName(ctx, p.Name)
				return err
			}),
			"provider's key": tryView(t, d, team, func(ctx context.Context, s *dbkernel.Scope) error {
				_, err := dbmodels.On(s).ProviderKey(ctx, p.ID)
				return err
			}),
			"session again": tryUpdate(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
				return dbwork.On(s).DeleteSession(ctx, v.ID, dbtest.Now)
			}),
			"repository again": tryUpdate(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
				return dbrepos.On(s).DeleteRepository(ctx, repo.ID, dbtest.Now)
			}),
			"a move of it": tryUpdate(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
				_, err := dbwork.On(s).MoveSession(ctx, dbwork.Move{ID: v.ID, From: "pending", To: "queued", At: dbtest.Now})
				return err
			}),
			"a new key": tryUpdate(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
				return dbmodels.On(s).SetProviderKey(ctx, p.ID, "x")
			}),
			"a deleted one's models": tryUpdate(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
				return dbmodels.On(s).SetProviderModels(ctx, p.ID, p.Models, dbtest.Now)
			}),
		} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got := dbtest.Read(t, d, user); got.RepositoryID != repo.ID || got.RepositoryName != "shop" {
			t.Errorf("a session of a deleted repository: %q %q", got.RepositoryID, got.RepositoryName)
		}
		// Names are free again, rows are there still, the key is not.
		dbtest.Repository(t, d, team, "shop")
		dbtest.Provider(t, d, team, "local")
		for text, want := range map[string]int{`SELECT id FROM repositories`: 2, `SELECT id FROM providers`: 2, `SELECT id FROM sessions`: 2,
			`SELECT id FROM providers WHERE deleted_at IS NOT NULL AND api_key <> ''`: 0, `SELECT session_id FROM session_terms WHERE session_id = '` + string(v.ID) + `'`: 0} {
			got := dbtest.Rows(t, d, text)
			if len(got) != want {
				t.Errorf("%s: %d rows", text, len(got))
			}
		}
		truth(t, d, team)
	})
}

func tryView(t *testing.T, d *dbkernel.DB, team dbtest.Team, fn func(context.Context, *dbkernel.Scope) error) error {
	t.Helper()
	return d.View(t.Context(), team.ID, func(s *dbkernel.Scope) error { return fn(t.Context(), s) })
}

func TestTextIsTextOnBothEngines(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		v := dbtest.Session(t, d, team, func(v *session.Session) { v.Title = "a\x00b\xffc" })
		if v.Title != "a�b�c" {
			t.Errorf("title: %q", v.Title)
		}
		odd := "c\x00\xff"
		update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
			return dbwork.On(s).SetSessionRun(ctx, v.ID, dbwork.RunInfo{Conversation: &odd})
		})
		if v = dbtest.Read(t, d, v); v.Conversation != "c��" || odd != "c\x00\xff" {
			t.Errorf("conversation: %q", v.Conversation)
		}
		err := d.SystemView(t.Context(), func(s *dbkernel.System) error {
			_, err := dbpeople.Across(s).UserByEmail(t.Context(), "\x00\xff")
			return err
		})
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("a person by an odd address: %v", err)
		}
	})
}
