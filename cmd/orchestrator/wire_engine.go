package main

import (
	"context"
	"errors"
	"path/filepath"

	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
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
func (s *server) wireEngine(context.Context) error {
	if err := useGroups(s.settings); err != nil {
		return err
	}
	rooms, err := agentRooms(s.settings)
	if err != nil {
		return err
	}
	uid, err := rooms.Users.Of(gitUser)
	if err != nil {
		return err
	}
	trees, err := git.New(git.Options{Home: filepath.Join(s.settings.Data, "git"), Way: s.wayOf, User: uid})
	if err != nil {
		return err
	}
	run, err := s.newRunner(rooms)
	if err != nil {
		return err
	}
	s.runner = run
	space := workspace.New(workspace.Options{Rooms: rooms, Git: trees, Source: s.app.Repos.CloneSource, Fetched: s.app.Repos.Fetched, HostKeys: s.app.Repos, Proxy: s.proxyOf, CheckTimeout: s.settings.CheckTimeout,
		AllowUnsandboxed: !s.settings.SandboxOn()})
	s.engine = engine.New(engine.Options{
		App: s.app, DB: s.db, Runner: run, Log: s.log, Instance: s.host.Instance,
		MaxRunning: s.settings.MaxRunningSessions, MaxProcesses: s.settings.MaxAgentProcesses, RoomFor: memoryGate(int64(s.settings.MinFreeMemory)),
		Timers:    engine.Timers{Start: s.settings.FirstEventWithin, Stall: s.settings.StalledAfter, Answer: s.settings.AnswerWithin, Check: s.settings.CheckTimeout},
		Deliver:   s.deliverer(),
		Workspace: space, Scale: space, MaxTree: int64(s.settings.AgentDisk),
	})
	return nil
}

func (s *server) newRunner(rooms workspace.Rooms) (*opencode.Runner, error) {
	shell, err := sandbox.InstallShell(filepath.Join(s.settings.Data, "bin"))
	if err != nil {
		return nil, err
	}
	o := opencode.Options{Bin: s.settings.OpencodeBin, Home: rooms.Home, Config: s.teamConfig, Key: s.app.Work.NewGatewayKey,
		Processes: processes{s}, Idle: s.settings.OpencodeIdle, Log: s.log}
	if !s.settings.SandboxOn() {
		return opencode.New(o), nil
	}
	b, err := newBridges(filepath.Join(s.settings.Data, "run"))
	if err == nil {
		err = errors.Join(b.addOutbound("gateway", s.gateway.Port, s.gateway.Also), b.addOutbound("egress", s.egress.Port, s.egress.Also))
	}
	o.Host, o.Dial = sandboxed{rooms: rooms, shell: shell, bridges: b, openEgress: s.settings.EgressOpen()}, b.dial
	return opencode.New(o), err
}

// recoverAgents adopts the agent processes that the previous server left. It runs in the background, because each may take seconds.
func (s *server) recoverAgents(ctx context.Context) error {
	teams, err := s.app.Work.TeamsWithProcess(ctx)
	if err != nil {
		return err
	}
	all, err := workspace.Teams(filepath.Join(s.settings.Data, "teams"))
	s.background.run("recover agents of the last server", func(ctx context.Context) {
		s.runner.Recover(ctx, teams)
		s.runner.Clear(ctx, all)
	})
	return err
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

// processes stores the agents' processes in the database and blocks their ports for every connection that a team can cause.
type processes struct{ s *server }

// Load returns the team's process.
func (p processes) Load(ctx context.Context, t tenant.ID) (opencode.Process, bool, error) {
	found, ok, err := p.s.app.Work.Process(ctx, t)
	if ok {
		p.s.guard.Own(uint16(found.Port))
	}
	return opencode.Process(found), ok, err
}

// Save stores the team's process and replaces an earlier one.
func (p processes) Save(ctx context.Context, t tenant.ID, o opencode.Process) error {
	p.s.guard.Own(uint16(o.Port))
	return p.s.app.Work.SaveProcess(ctx, t, dbwork.Process(o))
}

// Delete removes the team's process and unblocks its port.
func (p processes) Delete(ctx context.Context, t tenant.ID) error {
	p.disown(ctx, t)
	return p.s.app.Work.DeleteProcess(ctx, t)
}

// Lose is Delete for a process that ended without being stopped.
func (p processes) Lose(ctx context.Context, t tenant.ID) error {
	p.disown(ctx, t)
	return p.s.app.Work.LoseProcess(ctx, t)
}

func (p processes) disown(ctx context.Context, t tenant.ID) {
	if found, ok, err := p.s.app.Work.Process(ctx, t); err == nil && ok {
		p.s.guard.Disown(uint16(found.Port))
	}
}
