package engine_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/engine"
)

// toolCaches remembers what the engine asks of it.
type toolCaches struct {
	filled, asked []string
	isLive        func(tenant.ID, repository.ID) bool
	notDue        bool
	err           error
}

func (c *toolCaches) CachesDue(_ tenant.ID, r repository.Repository, _ time.Time) (bool, error) {
	c.asked = append(c.asked, r.Name)
	return !c.notDue, nil
}

func (c *toolCaches) KeepCaches(_ context.Context, _ tenant.ID, r repository.Repository, _ time.Time) error {
	c.filled = append(c.filled, r.Name+": "+r.CheckCommands[0])
	return c.err
}

func (c *toolCaches) PruneCaches(isLive func(tenant.ID, repository.ID) bool) error {
	c.isLive = isLive
	return nil
}

// TestToolCachesAreFilledWhileNobodyWaits: for repositories with check commands that can run, one failure hindering no other.
func TestToolCachesAreFilledWhileNobodyWaits(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	caches := &toolCaches{err: errors.New("a check command did not pass")}
	full := 0
	s.opts.ToolCaches = caches
	s.opts.RoomFor = func(int) (int, string) { return 1 - full, "this host is low on memory." }
	e := engine.New(s.opts)
	ids := map[string]repository.ID{}
	for _, name := range []string{"cloning", "deleted", "no checks", "one", "two"} {
		r := repository.Repository{Name: name[:2], URL: "https://example.org/r.git", DefaultBranch: "main", CheckCommands: []string{"make check"}}
		if name == "no checks" {
			r.CheckCommands = nil
		}
		r, err := s.app.Repos.CreateRepository(t.Context(), s.by, r, "")
		if err != nil {
			t.Fatal(err)
		}
		ids[name] = r.ID
		if name != "cloning" {
			err = s.app.Repos.Fetched(t.Context(), s.by.Tenant, r.ID, repository.Inspection{Default: "main", HasDefault: true})
		}
		if name == "deleted" {
			err = errors.Join(err, s.app.Repos.DeleteRepository(t.Context(), s.by, r.ID))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	pass := func(want ...string) {
		t.Helper()
		caches.filled = nil
		if err := e.KeepCaches(t.Context()); err != nil {
			t.Error(err)
		}
		if !slices.Equal(caches.filled, want) {
			t.Errorf("filled %q, want %q", caches.filled, want)
		}
	}
	pass("on: make check", "tw: make check")
	for name, id := range ids {
		if isLive := caches.isLive(s.by.Tenant, id); isLive != (name != "deleted") {
			t.Errorf("%s is live: %v", name, isLive)
		}
	}
	if caches.isLive("another-team", ids["one"]) {
		t.Error("a repository is live in another team")
	}
	caches.notDue = true
	pass()
	caches.notDue, full = false, 1
	pass()
	full = 0
	queued := s.start()
	pass()
	if _, err := s.app.Work.CancelSession(t.Context(), s.by, queued); err != nil {
		t.Fatal(err)
	}
	pass("on: make check", "tw: make check")
	dbtest.Exec(t, s.db, `UPDATE lanes SET max_storage_bytes = 0`)
	pass()
	dbtest.Exec(t, s.db, `UPDATE lanes SET max_storage_bytes = NULL`)
	dbtest.Exec(t, s.db, `UPDATE tenants SET is_active = 0`)
	pass()
}
