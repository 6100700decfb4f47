package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/egress"
	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// cacheKind returns how sessions share tool caches below dir, and logs why if they cannot have layers.
func (s *server) cacheKind(ctx context.Context, dir string) workspace.CacheKind {
	kind, why := cacheKindIn(ctx, s.settings, dir)
	if why != nil {
		s.log.Warn("sessions cannot have layers of tool caches: only Go's cache is shared", "error", why)
	}
	return kind
}

// cacheKindIn is cacheKind with the reason why there are no layers, although the settings allow them.
func cacheKindIn(ctx context.Context, s config.Settings, dir string) (workspace.CacheKind, error) {
	if s.ToolCaches != "on" || !s.SandboxOn() || !sandbox.Probe().Holds() {
		return workspace.NoCaches, nil
	}
	if strings.HasPrefix(dir+"/", sandbox.CachesPath+"/") {
		return workspace.GoCaches, errors.New("the data directory is in " + sandbox.CachesPath + ", where agents see their tool caches")
	}
	if err := sandbox.CanLayer(ctx, dir); err != nil {
		return workspace.GoCaches, err
	}
	return workspace.LayeredCaches, nil
}

// cacheFeature is the line of doctor about tool caches.
func cacheFeature(ctx context.Context, s config.Settings) feature {
	dir := filepath.Join(s.Data, "teams")
	for _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) && dir != "/"; _, err = os.Stat(dir) {
		dir = filepath.Dir(dir) // the server has not started yet
	}
	f := feature{name: "shared tool caches", missing: "no (requires Landlock, --sandbox=on and --tool-caches=on)"}
	switch kind, why := cacheKindIn(ctx, s, dir); kind {
	case workspace.LayeredCaches:
		f.present = "yes, with overlay file systems"
	case workspace.GoCaches:
		f.present = "only for Go (" + why.Error() + ")"
	}
	return f
}

// cacheUser is the user name of runs that fill tool caches; those of sessions have a dot.
const cacheUser = "caches"

// cacheRuns are the credentials of the runs in progress for the egress proxy.
type cacheRuns struct{ open sync.Map }

// cacheNet gives a run the network of its repository until it is closed.
func (s *server) cacheNet(t tenant.ID, r repository.ID) workspace.CacheNet {
	password := rand.Text()
	s.cacheRuns.open.Store(password, dbrepos.RepositoryRef{Tenant: t, ID: r})
	return workspace.CacheNet{
		Proxy: s.egress.URL(url.UserPassword(cacheUser, password)),
		Out:   []sandbox.Bridge{{Port: s.egress.Port, Socket: filepath.Join(s.settings.Data, "run", "egress")}},
		Close: func() { s.cacheRuns.open.Delete(password) },
	}
}

func (v visitors) admitRun(ctx context.Context, password string) (egress.Visitor, error) {
	found, ok := v.runs.open.Load(password)
	if !ok {
		return egress.Visitor{}, fault.New(fault.Unauthenticated, "This proxy credential belonged to check commands that have ended.")
	}
	r := found.(dbrepos.RepositoryRef)
	n, err := v.app.Work.RepositoryNetwork(ctx, r.Tenant, r.ID)
	return egress.Visitor{Tenant: r.Tenant, Repository: r.ID, Hosts: n.Hosts, Providers: n.Providers}, err
}
