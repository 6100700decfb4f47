package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"

	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/engine"
	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// gitUser is the name under which the server's own git has a user beside those of the teams, whose names are UUIDs.
const gitUser = "git"

// wireEngine creates the workspaces, the OpenCode runner and the engine that uses both.
func (s *server) wireEngine(ctx context.Context) error {
	if err := useGroups(s.settings); err != nil {
		return err
	}
	rooms, err := agentRooms(s.settings, s.proxyOf)
	if err != nil {
		return err
	}
	rooms.Caches = s.cacheKind(ctx, rooms.Dir)
	rooms.Group = s.groupLimits
	s.rooms = rooms
	uid, err := rooms.Users.Of(gitUser)
	if err != nil {
		return err
	}
	trees, err := git.New(git.Options{Home: filepath.Join(s.settings.Data, "git"), Way: s.wayOf, User: uid, CAFile: s.settings.CAFile})
	if err != nil {
		return err
	}
	run, err := s.newRunner(rooms)
	if err != nil {
		return err
	}
	s.runner = run
	if err := errors.Join(s.upgradeAgents(ctx, rooms), s.endSpares(ctx, rooms)); err != nil {
		return err
	}
	space := workspace.New(workspace.Options{Rooms: rooms, Git: trees, Source: s.app.Repos.CloneSource, Fetched: s.app.Repos.Fetched, HostKeys: s.app.Repos, CheckTimeout: s.settings.CheckTimeout,
		CacheNet: s.cacheNet, CacheBytes: int64(s.settings.ToolCacheSize),
		AllowUnsandboxed: !s.settings.SandboxOn()})
	s.space = space
	s.trees = space
	s.space = space
	options := engine.Options{
		App: s.app, DB: s.db, Runner: run, Log: s.log, Instance: s.host.Instance,
		MaxRunning: s.settings.MaxRunningSessions, MaxProcesses: s.maxProcesses(), RoomFor: memoryGate(int64(s.settings.MinFreeMemory), run.Running),
		Timers:    engine.Timers{Start: s.settings.FirstEventWithin, Stall: s.settings.StalledAfter, Answer: s.settings.AnswerWithin, Check: s.settings.CheckTimeout, Checkpoint: s.settings.CheckpointEvery},
		Deliver:   s.deliverer(),
		Workspace: space, Scale: space, MaxTree: int64(s.settings.AgentDisk), ToolCaches: space, Merges: space,
	}
	s.engine = engine.New(options)
	return nil
}

func (s *server) newRunner(rooms workspace.Rooms) (*opencode.Runner, error) {
	shell, err := sandbox.InstallShell(filepath.Join(s.settings.Data, "bin"))
	if err != nil {
		return nil, err
	}
	o := opencode.Options{Bin: s.settings.OpencodeBin, Home: func(k opencode.Key) string { return rooms.Home(k.Tenant, k.Session) }, TeamHome: rooms.TeamHome,
		Conf: func(k opencode.Key) string { return rooms.Conf(k.Tenant, k.Session) }, Config: s.teamConfig, Kept: func(k opencode.Key) string { return rooms.Kept(k.Tenant, k.Session) }, Key: s.newGatewayKey,
		Processes: processes{s}, MaxProcesses: s.maxProcesses(), LowMemory: s.isMemoryLow, Idle: s.settings.OpencodeIdle, Log: s.log,
		Spares: spares{s, rooms}, MaxSpares: s.settings.WarmSpares}
	if !s.settings.SandboxOn() {
		return opencode.New(o), nil
	}
	b, err := newBridges(s.socketDir(), s.placeOf)
	if err == nil {
		err = errors.Join(b.addOutbound("gateway", s.gateway.Port, s.gateway.Also), b.addOutbound("egress", s.egress.Port, s.egress.Also))
	}
	o.Host, o.Dial = sandboxed{rooms: rooms, shell: shell, bridges: b, gateway: s.gateway.Port, openEgress: s.settings.EgressOpen()}, b.dial
	return opencode.New(o), err
}

// maxProcesses is the most OpenCode processes of this host; 0 is no limit.
func (s *server) maxProcesses() int {
	if n := s.settings.MaxAgentProcesses; n > 0 {
		return n
	}
	return processesThatFit(int64(s.settings.MinFreeMemory))
}

// isMemoryLow reports whether the memory for one more process is not free.
func (s *server) isMemoryLow() bool {
	free, ok := freeMemory()
	return ok && free < int64(s.settings.MinFreeMemory)+processMemory
}

func (s *server) newGatewayKey(ctx context.Context, k opencode.Key) (key, generation string, err error) {
	return s.app.Work.NewGatewayKey(ctx, k.Tenant, k.Session)
}

// recoverAgents adopts the agent processes that the previous server left. It runs in the background, because each may take seconds.
func (s *server) recoverAgents(ctx context.Context) error {
	stored, err := s.app.Work.StoredProcesses(ctx)
	if err != nil {
		return err
	}
	keys := []opencode.Key{}
	for _, p := range stored {
		keys = append(keys, opencode.Key{Tenant: p.Tenant, Session: p.Session})
	}
	s.background.run("recover agents of the last server", func(ctx context.Context) { s.runner.Recover(ctx, keys) })
	return nil
}

// teamConfig is the OpenCode configuration of a team: its providers, with the gateway as their URL.
func (s *server) teamConfig(ctx context.Context, t tenant.ID) (c opencode.TeamConfig, err error) {
	ps, err := s.app.Models.TeamProviders(ctx, t)
	for _, p := range ps {
		c.Providers = append(c.Providers, agentProvider(p, s.gateway.URL))
	}
	return c, err
}

// packages are the AI SDK packages that OpenCode includes. It would download others from a registry.
var packages = map[provider.Kind]string{
	provider.OpenAICompatible: "@ai-sdk/openai-compatible", provider.OpenRouter: "@ai-sdk/openai-compatible",
	provider.OpenAI: "@ai-sdk/openai", provider.Anthropic: "@ai-sdk/anthropic",
}

func agentProvider(p provider.Provider, gateway string) opencode.Provider {
	a := opencode.Provider{Slug: p.Name, NPM: packages[p.Kind], BaseURL: gateway + "/p/" + p.Name + "/v1"}
	for _, m := range p.Models {
		a.Models = append(a.Models, opencode.Model{ID: m.ID, Context: m.Context, Output: m.Output,
			Input: m.Price.Input, OutputPrice: m.Price.Output, Read: m.Price.CacheRead, CacheWrite: m.Price.CacheWrite})
	}
	return a
}

// placeOf is the name of a session's directories.
func (s *server) placeOf(k opencode.Key) string { return s.rooms.Name(k.Tenant, k.Session) }

// socketDir is the directory of the bridges' sockets.
func (s *server) socketDir() string { return filepath.Join(s.settings.Data, "run") }

// processes stores the agents' processes in the database and blocks their ports for every connection that a team can cause.
type processes struct{ s *server }

// Load returns the session's process.
func (p processes) Load(ctx context.Context, k opencode.Key) (opencode.Process, bool, error) {
	found, ok, err := p.s.app.Work.Process(ctx, k.Tenant, k.Session)
	if ok {
		p.s.guard.Own(uint16(found.Port))
	}
	return opencode.Process{PID: found.PID, StartTime: found.StartTime, Port: found.Port, Password: found.Password, Generation: found.Generation,
		Version: found.Version, OwnConfig: found.OwnConfig, Room: found.Room, StartedAt: found.StartedAt}, ok, err
}

// Save stores the session's process and replaces an earlier one.
func (p processes) Save(ctx context.Context, k opencode.Key, o opencode.Process) error {
	p.s.guard.Own(uint16(o.Port))
	return p.s.app.Work.SaveProcess(ctx, k.Tenant, dbwork.Process{Session: k.Session, PID: o.PID, StartTime: o.StartTime, Port: o.Port, Password: o.Password,
		Generation: o.Generation, Version: o.Version, OwnConfig: o.OwnConfig, Room: o.Room, StartedAt: o.StartedAt})
}

// Delete removes the session's process and unblocks its port.
func (p processes) Delete(ctx context.Context, k opencode.Key) error {
	p.disown(ctx, k)
	return p.s.app.Work.DeleteProcess(ctx, k.Tenant, k.Session)
}

// Lose is Delete for a process that ended without being stopped.
func (p processes) Lose(ctx context.Context, k opencode.Key) error {
	p.disown(ctx, k)
	return p.s.app.Work.LoseProcess(ctx, k.Tenant, k.Session)
}

// disown unblocks the port of the session's process and removes its sockets.
func (p processes) disown(ctx context.Context, k opencode.Key) {
	if found, ok, err := p.s.app.Work.Process(ctx, k.Tenant, k.Session); err == nil && ok {
		p.s.guard.Disown(uint16(found.Port))
	}
	if err := (bridges{dir: p.s.socketDir(), place: p.s.placeOf}).remove(k); err != nil {
		p.s.log.Warn("remove an agent's sockets", "tenant", string(k.Tenant), "session", string(k.Session), "error", err)
	}
}

// publisher passes the application's requests to the workspaces, which are created after it.
type publisher struct{ s *server }

// Save stores a session's work in the server's clone.
func (p publisher) Save(ctx context.Context, s session.Session, onto string) (session.Saved, error) {
	return p.s.space.Save(ctx, s, onto)
}

// Publish sends a commit of the clone to a branch of the repository.
func (p publisher) Publish(ctx context.Context, s session.Session, want session.Publication) (session.Published, error) {
	return p.s.space.Publish(ctx, s, want)
}

// gitServer serves the git address from the workspaces, which are created after the app.
type gitServer struct{ s *server }

// Advertise answers the first request of a git client.
func (g gitServer) Advertise(ctx context.Context, t tenant.ID, r repository.Repository, branches []string, protocol string, to io.Writer) error {
	return g.s.space.Advertise(ctx, t, r, branches, protocol, to)
}

// Commit returns the commit with a session's work.
func (g gitServer) Commit(ctx context.Context, s session.Session) (string, error) {
	return g.s.space.Commit(ctx, s)
}

// Upload answers a further request of a git client.
func (g gitServer) Upload(ctx context.Context, t tenant.ID, r repository.ID, protocol string, request []byte, to io.Writer) error {
	return g.s.space.Upload(ctx, t, r, protocol, request, to)
}
