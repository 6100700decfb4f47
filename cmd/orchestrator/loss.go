package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// accepted is what an operator accepts as lost for one start.
type accepted struct{ key, files bool }

// acceptLoss makes the present keys those of the database if the operator asked for that.
func (s *server) acceptLoss(ctx context.Context) error {
	if !s.loss.key {
		return nil
	}
	lost, err := s.app.Console.AcceptLostKey(ctx)
	if err != nil {
		return err
	}
	if lost {
		s.log.Warn("the lost master key was accepted: enter the API keys of providers and the credentials of repositories again")
	} else {
		s.log.Info("the master key fits the database, so --accept-lost-key has no effect: leave it out next time")
	}
	return nil
}

// checkIdentity warns that this server does not know its earlier sessions and processes as its own, because host.json is missing beside a
// database that is not new. Nothing is lost by it, so the start goes on.
func (s *server) checkIdentity(ctx context.Context) error {
	if !s.host.isNew {
		return nil
	}
	var teams []tenant.Tenant
	err := s.db.SystemView(ctx, func(x *dbkernel.System) (err error) { teams, err = dbpeople.Across(x).Tenants(ctx); return err })
	if err == nil && len(teams) > 0 {
		s.log.Warn("the file with this server's identity is missing, so it has a new one: it takes over its earlier sessions after their leases expire", "file", s.host.file)
	}
	return err
}

// checkFiles refuses a database whose repositories were cloned, with a data directory that has no team's files: it is the wrong
// directory, or its volume is not mounted. If the operator accepts that they are lost, the repositories are cloned again.
func (s *server) checkFiles(ctx context.Context) error {
	dir := filepath.Join(s.settings.Data, "teams")
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		return err
	}
	var cloned []dbrepos.RepositoryRef
	err := s.db.SystemView(ctx, func(x *dbkernel.System) (err error) {
		cloned, err = dbrepos.Across(x).ReadyRepositories(ctx)
		return err
	})
	if err != nil || len(cloned) == 0 {
		return err
	}
	if !s.loss.files {
		return fault.New(fault.Conflict, "%s is empty, but the database has cloned repositories (%d). Mount or restore the data directory, or set --data to its path. "+
			"If its files are lost for good, start the server once with --accept-lost-files: repositories are then cloned again, but working trees of earlier sessions are lost.", dir, len(cloned))
	}
	for _, r := range cloned {
		if err := s.app.Repos.CloneStatus(ctx, r.Tenant, r.ID, repository.Cloning, ""); err != nil {
			return fmt.Errorf("clone repository %s again: %w", r.ID, err)
		}
	}
	s.log.Warn("the files of the teams are missing: repositories are cloned again", "repositories", len(cloned))
	return nil
}
