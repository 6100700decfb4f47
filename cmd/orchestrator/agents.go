package main

import (
	"context"
	"path/filepath"

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
