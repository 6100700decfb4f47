package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

const repositoryColumns = `SELECT id, name, url, path, default_branch, check_commands, CASE WHEN credential <> '' THEN 1 ELSE 0 END, status, progress, created_at, agent_config
	FROM repositories WHERE tenant_id = $1 AND deleted_at IS NULL`

var (
	qCreateRepository = reg(`INSERT INTO main.repositories (tenant_id, id, name, url, path, default_branch, check_commands, credential, status, progress, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`)
	qRepository       = reg(repositoryColumns + ` AND id = $2`)
	qRepositories     = reg(repositoryColumns + ` ORDER BY name`)
	qRepositoryStatus = reg(`UPDATE main.repositories SET status = $3, progress = $4 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qCredential       = reg(`SELECT credential FROM repositories WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qUpdateRepository = reg(`UPDATE main.repositories SET default_branch = $3, check_commands = $4 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qSetAgentConfig   = reg(`UPDATE main.repositories SET agent_config = $3 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qDeleteRepository = reg(`UPDATE main.repositories SET deleted_at = $3 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
)

func repositoryID(s string) repository.ID { return repository.ID(s) }

// CreateRepository stores a repository with its sealed credential; Conflict when the team has one of that name.
func (s *Scope) CreateRepository(ctx context.Context, r repository.Repository, sealed string) error {
	_, err := s.exec(ctx, qCreateRepository, r.ID, r.Name, r.URL, r.Path, r.DefaultBranch, list(r.CheckCommands), sealed, r.Status, r.Progress, ms(r.CreatedAt))
	return wrap("create repository", taken(err, "name", "This team has a repository named %q already.", r.Name))
}

// Repository reads one repository; Missing when it is not this tenant's or was deleted.
func (s *Scope) Repository(ctx context.Context, id repository.ID) (repository.Repository, error) {
	return first("repository", scanRepository)(s.query(ctx, qRepository, id))
}

// Repositories lists the team's repositories by name.
func (s *Scope) Repositories(ctx context.Context) ([]repository.Repository, error) {
	return collect(scanRepository)(s.query(ctx, qRepositories))
}

// SetRepositoryStatus says where the clone stands.
func (s *Scope) SetRepositoryStatus(ctx context.Context, id repository.ID, st repository.Status, progress string) error {
	return s.must(ctx, "repository", qRepositoryStatus, id, st, progress)
}

// RepositoryCredential reads the sealed credential; empty when there is none.
func (s *Scope) RepositoryCredential(ctx context.Context, id repository.ID) (sealed string, err error) {
	return first("repository", value[string])(s.query(ctx, qCredential, id))
}

// UpdateRepository changes the default branch and the check commands.
func (s *Scope) UpdateRepository(ctx context.Context, r repository.Repository) error {
	return s.must(ctx, "repository", qUpdateRepository, r.ID, r.DefaultBranch, list(r.CheckCommands))
}

// SetAgentConfig says whether what a repository says about its agents counts.
func (s *Scope) SetAgentConfig(ctx context.Context, id repository.ID, allowed bool) error {
	return s.must(ctx, "repository", qSetAgentConfig, id, bit(allowed))
}

// DeleteRepository hides a repository; its name is free again, its sessions keep it.
func (s *Scope) DeleteRepository(ctx context.Context, id repository.ID, now time.Time) error {
	return s.must(ctx, "repository", qDeleteRepository, id, ms(now))
}

func scanRepository(r scanner) (v repository.Repository, err error) {
	var commands string
	err = r.Scan(&v.ID, &v.Name, &v.URL, &v.Path, &v.DefaultBranch, &commands, &v.HasCredential, &v.Status, &v.Progress, stamp(&v.CreatedAt), &v.AgentConfig)
	if err != nil {
		return v, err
	}
	v.CheckCommands, err = unlist(commands)
	return v, wrap("check commands of repository "+string(v.ID), err)
}
