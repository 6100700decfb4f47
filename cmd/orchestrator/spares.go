package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode"
)

// spares keeps the spare OpenCode processes of teams in the rooms and the database.
type spares struct {
	s     *server
	rooms workspace.Rooms
}

// Make creates the directories of a spare.
func (p spares) Make(k opencode.Key) (tree string, err error) {
	return p.rooms.Tree(k.Tenant, k.Session), p.rooms.MakeSpare(k.Tenant, k.Session)
}

// Fixed describes what the sandbox of a process has and keeps. Whether the tree's own configuration counts is in its environment, which Use
// says.
func (p spares) Fixed(k opencode.Key, u opencode.Use) (string, error) {
	return p.rooms.FixedAtStart(k.Tenant, k.Session, u.Repository)
}

// Take gives the session first the directories, then the process and its key: a server that is killed in between ends the process, and the
// session starts its own in them.
func (p spares) Take(ctx context.Context, spare, of opencode.Key) error {
	if spare.Tenant != of.Tenant {
		return errors.New("a spare of another team")
	}
	if err := p.rooms.TakeSpare(of.Tenant, spare.Session, of.Session); err != nil {
		return err
	}
	if err := p.s.app.Work.TakeSpare(ctx, of.Tenant, spare.Session, of.Session); err != nil {
		return fmt.Errorf("give the session its process: %w", err)
	}
	return nil
}

// Remove deletes the directories of a spare.
func (p spares) Remove(k opencode.Key) error { return p.rooms.RemoveSpare(k.Tenant, k.Session) }

// endSpares ends the spares that the last server left, and deletes their directories: no session will take them over, because nobody knows
// any more what they were started with.
func (s *server) endSpares(ctx context.Context, rooms workspace.Rooms) error {
	stored, err := s.app.Work.StoredProcesses(ctx)
	if err != nil {
		return err
	}
	for _, p := range stored {
		if !p.Session.IsSpare() {
			continue
		}
		err := s.runner.EndLeftover(opencode.Process{PID: p.PID, StartTime: p.StartTime, Generation: p.Generation})
		if err == nil {
			err = processes{s}.Delete(ctx, opencode.Key{Tenant: p.Tenant, Session: p.Session})
		}
		if err != nil {
			return fmt.Errorf("end a spare agent server of the last server: %w", err)
		}
	}
	return rooms.RemoveSpares()
}
