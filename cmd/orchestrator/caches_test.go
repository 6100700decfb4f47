package main

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/egress"
	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

func TestToolCachesFollowSettingsAndHost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	on := config.Settings{Data: dir, Sandbox: "on", ToolCaches: "on"}
	for name, change := range map[string]func(*config.Settings){
		"tool caches off": func(s *config.Settings) { s.ToolCaches = "off" },
		"sandbox off":     func(s *config.Settings) { s.Sandbox = "off" },
	} {
		s := on
		change(&s)
		if kind, err := cacheKindIn(t.Context(), s, dir); kind != workspace.NoCaches || err != nil {
			t.Errorf("%s: %q, %v", name, kind, err)
		}
		if f := cacheFeature(t.Context(), s); f.present != "" || !strings.Contains(f.missing, "--tool-caches=on") {
			t.Errorf("%s: doctor says %+v", name, f)
		}
	}
	if !sandbox.Probe().Holds() {
		t.Skip("this host has no Landlock")
	}
	if kind, err := cacheKindIn(t.Context(), on, "/cache/data/teams"); kind != workspace.GoCaches || err == nil || !strings.Contains(err.Error(), "/cache") {
		t.Errorf("data where the caches are shown: %q, %v", kind, err)
	}
	kind, err := cacheKindIn(t.Context(), on, dir)
	if can := sandbox.CanLayer(t.Context(), dir); (can == nil) != (kind == workspace.LayeredCaches) || (can == nil) != (err == nil) {
		t.Errorf("on this host: %q, %v; layers: %v", kind, err, can)
	}
	if f := cacheFeature(t.Context(), on); !strings.HasPrefix(f.present, map[workspace.CacheKind]string{workspace.LayeredCaches: "yes", workspace.GoCaches: "only for Go"}[kind]) {
		t.Errorf("doctor says %+v", f)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("the trial left %v", left)
	}
}

// TestARunHasTheNetworkOfItsRepository, until it ends, and no session's log.
func TestARunHasTheNetworkOfItsRepository(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(dbtest.Now)
	d := dbtest.Open(t, c)
	keys, err := secret.LoadOrCreate(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	s := &server{app: app.New(app.Options{DB: d, Hub: hub.New(), Clock: c, Keys: keys}), cacheRuns: &cacheRuns{}}
	team := dbtest.NewTeam(t, d, "alpha")
	by, err := s.app.People.ActorByEmail(t.Context(), "alpha", team.Lead.Email)
	if err != nil {
		t.Fatal(err)
	}
	repo := dbtest.Repository(t, d, team, "tools")
	if err := s.app.Repos.AllowHost(t.Context(), by, repo.ID, "proxy.golang.org:443"); err != nil {
		t.Fatal(err)
	}
	v := visitors{s.app, s.cacheRuns, log}
	if s.egress, err = egress.Listen("127.0.0.1:0", egress.New(egress.Options{Backend: v})); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.egress.Close(t.Context()) })
	net := s.cacheNet(team.ID, repo.ID)
	_, credential, _ := strings.Cut(net.Proxy, "://")
	credential, _, _ = strings.Cut(credential, "@")
	user, password, _ := strings.Cut(credential, ":")
	got, err := v.Admit(t.Context(), user, password)
	if err != nil || got.Tenant != team.ID || got.Repository != repo.ID || got.Session != "" || !repository.Allows(got.Hosts, "proxy.golang.org", 443) || repository.Allows(got.Hosts, "example.org", 443) {
		t.Errorf("admitted %+v, %v", got, err)
	}
	err = errors.Join(v.Record(t.Context(), got, event.Egress{Target: "example.org:443", Refused: "No."}), v.Record(t.Context(), got, event.Egress{Target: "proxy.golang.org:443"}))
	if err != nil {
		t.Error(err)
	}
	net.Close()
	for _, bad := range []string{password, "", password + "x"} {
		if _, err := v.Admit(t.Context(), user, bad); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("after the run: %v", err)
		}
	}
}
