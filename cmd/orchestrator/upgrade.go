package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode"
)

// upgradeAgents ends the agent servers that a version with one server per team left running, and moves the working trees into the
// directories of their sessions. It does nothing on data that this version made.
func (s *server) upgradeAgents(ctx context.Context, rooms workspace.Rooms) error {
	stored, err := s.app.Work.StoredProcesses(ctx)
	if err != nil {
		return err
	}
	for _, p := range stored {
		if p.Session != "" {
			continue
		}
		err := s.runner.EndLeftover(opencode.Process{PID: p.PID, StartTime: p.StartTime, Generation: p.Generation})
		if err == nil {
			err = s.app.Work.DeleteTeamProcess(ctx, p.Tenant)
		}
		if err != nil {
			return fmt.Errorf("end the agent server of an earlier version: %w", err)
		}
	}
	return errors.Join(s.endSecondServers(rooms), rooms.Upgrade())
}

// endSecondServers ends the agent servers for repositories with agent configuration, which the earlier version did not store: they carry
// a mark made of their home.
func (s *server) endSecondServers(rooms workspace.Rooms) (err error) {
	teams, err := workspace.Teams(rooms.Dir)
	for _, t := range teams {
		home := rooms.TeamHome(t)
		if _, statErr := os.Lstat(home); statErr != nil {
			continue
		}
		sum := sha256.Sum256([]byte(home))
		err = errors.Join(err, s.runner.EndLeftover(opencode.Process{Generation: "own-" + hex.EncodeToString(sum[:16])}))
	}
	return err
}
