package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// agentRooms returns the teams' directories. Where the host supports it, each is owned by the team's own operating system user.
func agentRooms(s config.Settings, proxy func(tenant.ID, session.ID) string) (workspace.Rooms, error) {
	r := workspace.Rooms{Dir: filepath.Join(s.Data, "teams"), Proxy: proxy}
	if !s.SandboxOn() {
		return r, nil
	}
	r.Limits = sandbox.Limits{FileSize: int64(s.AgentFileSize), OpenFiles: int64(s.AgentOpenFiles), Processes: int64(s.AgentTasks)}
	base, count, err := s.AgentUIDRange()
	if err != nil || count == 0 || !sandbox.Probe().Users {
		return r, err
	}
	r.Users, err = sandbox.OpenUsers(filepath.Join(s.Data, "users.json"), base, count)
	return r, err
}

// groupLimits are the limits that a session or its team has for the session's processes together.
func (s *server) groupLimits(t tenant.ID, id session.ID) (sandbox.GroupLimits, error) {
	r, err := s.app.Work.Resources(context.Background(), t, id)
	or0 := func(n *int64) int64 {
		if n == nil {
			return 0
		}
		return *n
	}
	return sandbox.GroupLimits{Memory: or0(r.Memory), CPU: or0(r.CPU), Tasks: or0(r.Tasks)}, err
}

// useGroups puts agents into control groups where the settings and the host allow it.
func useGroups(s config.Settings) error {
	if !s.SandboxOn() {
		return nil
	}
	g, err := sandbox.OpenGroups(s.AgentCgroup, sandbox.GroupLimits{Memory: int64(s.AgentMemory), Tasks: int64(s.AgentTasks), CPU: int64(s.AgentCPUs)})
	if err == nil {
		sandbox.UseGroups(g)
	}
	return err
}

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
