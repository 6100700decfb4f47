package engine_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/engine"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/fake"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// shop is an engine with a scripted runner on a real database, and a clock that is stopped until a test moves it.
type shop struct {
	t     *testing.T
	db    *dbkernel.DB
	clock *clock.Fake
	keys  *secret.Keys
	hub   *hub.Hub
	app   *app.App
	files stored
	forge forgeDoor
	opts  engine.Options
	team  dbtest.Team
	by    tenant.Actor
}

func newShop(t *testing.T, script fake.Script) *shop {
	t.Helper()
	c := clock.NewFake(dbtest.Now)
	return newShopOn(t, dbtest.Open(t, c), c, script)
}

// newShopOn is newShop on a database whose clock is c.
func newShopOn(t *testing.T, d *dbkernel.DB, c *clock.Fake, script fake.Script) *shop {
	t.Helper()
	keys, err := secret.LoadOrCreate(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	s := &shop{t: t, db: d, clock: c, keys: keys, hub: hub.New()}
	s.app = app.New(app.Options{DB: s.db, Hub: s.hub, Clock: c, Keys: keys, Log: log, Trees: s.files.door, Git: heads{}, ConnectForge: s.forge.connect})
	s.opts = engine.Options{App: s.app, DB: s.db, Runner: fake.New(script), Workspace: trees{}, Clock: c, Log: log, Instance: "here",
		Timers: engine.Timers{Tick: 50 * time.Millisecond, Beat: 200 * time.Millisecond}}
	s.team = dbtest.NewTeam(t, s.db, "alpha")
	dbtest.Provider(t, s.db, s.team, "models")
	s.by, err = s.app.People.ActorByEmail(t.Context(), "alpha", s.team.Lead.Email)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// open starts an engine on the shop's data and stops it when the test ends.
func (s *shop) open() (stop func()) {
	s.t.Helper()
	e := engine.New(s.opts)
	if err := e.Start(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
		defer cancel()
		if err := e.Stop(ctx); err != nil {
			s.t.Errorf("stop the engine: %v", err)
		}
	}
	s.t.Cleanup(stop)
	return stop
}

func (s *shop) start(change ...func(*session.Session)) session.ID {
	s.t.Helper()
	v := session.Session{Title: "Do some work", Prompt: "Work.", Model: "models/small", Priority: session.Medium}
	for _, f := range change {
		f(&v)
	}
	v, err := s.app.Work.CreateSession(s.t.Context(), s.by, v, true)
	if err != nil {
		s.t.Fatal(err)
	}
	return v.ID
}

func (s *shop) session(id session.ID) session.Session {
	s.t.Helper()
	v, err := s.app.Work.Session(context.Background(), s.by, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// until waits at the session's bell until it is as wanted.
func (s *shop) until(id session.ID, what string, ok func(session.Session) bool) session.Session {
	s.t.Helper()
	bell, leave := s.hub.Hang(hub.Session(s.by.Tenant, id))
	defer leave()
	deadline := time.After(time.Minute)
	for {
		if v := s.session(id); ok(v) {
			return v
		}
		select {
		case <-bell.Ring:
		case <-deadline:
			v := s.session(id)
			s.t.Fatalf("session is %s (%s: %s), not %s", v.Status, v.Reason.Code, v.Reason.Message, what)
		}
	}
}

func (s *shop) becomes(id session.ID, want ...session.Status) session.Session {
	s.t.Helper()
	return s.until(id, string(want[0]), func(v session.Session) bool { return slices.Contains(want, v.Status) })
}

// trees is a workspace without git.
type trees struct{}

func (trees) Open(context.Context, session.Session) (string, string, error) { return "/", "base", nil }
func (trees) Begin(context.Context, session.Session) error                  { return nil }
func (trees) Diff(context.Context, session.Session) ([]session.FileChange, []byte, bool, error) {
	return []session.FileChange{{Path: "a", Status: "added", Additions: 1}}, []byte("patch"), false, nil
}
func (trees) Save(_ context.Context, s session.Session, _ string) (session.Saved, error) {
	return session.Saved{Commit: "saved-" + string(s.ID), Commits: 1}, nil
}
func (trees) Gaps(context.Context, session.Session, string) (repository.Gaps, error) {
	return repository.Gaps{SubmoduleCount: 1, Submodules: []string{"vendor/lib"}}, nil
}
func (trees) Check(_ context.Context, s session.Session, command string, _ bool) repository.CheckResult {
	return repository.CheckResult{Command: command, Verdict: repository.Passed, Attempt: s.Attempt}
}
func (trees) Keep(_ context.Context, s session.Session) (session.Saved, error) {
	return session.Saved{Commit: "saved-" + string(s.ID), Commits: 1}, nil
}
func (trees) DropBranch(context.Context, session.Session) error { return nil }
func (trees) Remove(context.Context, session.Session) error     { return nil }
func (trees) Size(context.Context, tenant.ID) (quota.Storage, error) {
	return quota.Storage{Clones: 1 << 10, Trees: 2 << 10, Homes: 3 << 10}, nil
}
func (trees) RemoveTeam(context.Context, tenant.ID) error { return nil }
func (trees) Leave(tenant.ID, session.ID) error           { return nil }
func (trees) Clone(_ context.Context, _ tenant.ID, r repository.Repository, _ string, _ func(string)) (repository.Inspection, error) {
	return repository.Inspection{Default: r.DefaultBranch, HasDefault: true, Branches: []string{r.DefaultBranch}, BranchCount: 1}, nil
}
