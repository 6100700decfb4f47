package main

import (
	"path/filepath"

	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// agentRooms are the teams' directories, each its own user's where this host can give it one.
func agentRooms(s config.Settings) (workspace.Rooms, error) {
	r := workspace.Rooms{Dir: filepath.Join(s.Data, "teams")}
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

// useGroups puts agents into control groups where the operator and the host have a place for them.
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
