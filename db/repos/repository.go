package repos

import (
	"context"
	"encoding/json"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const repositoryColumns = `SELECT id, name, url, path, default_branch, check_commands, CASE WHEN credential <> '' THEN 1 ELSE 0 END, status, progress, created_at, agent_config,
	checks_in_shell, inspection FROM repositories WHERE tenant_id = $1 AND deleted_at IS NULL`

var (
	qCreateRepository = area.Scoped(`INSERT INTO main.repositories (tenant_id, id, name, url, path, default_branch, check_commands, credential, status, progress, created_at, checks_in_shell)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`)
	qRepository       = area.Scoped(repositoryColumns + ` AND id = $2`)
	qRepositories     = area.Scoped(repositoryColumns + ` ORDER BY name`)
	qRepositoryStatus = area.Scoped(`UPDATE main.repositories SET status = $3, progress = $4 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qInspection       = area.Scoped(`UPDATE main.repositories SET status = $3, progress = $4, inspection = $5 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qCredential       = area.Scoped(`SELECT credential FROM repositories WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qUpdateRepository = area.Scoped(`UPDATE main.repositories SET default_branch = $3, check_commands = $4, checks_in_shell = $5 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qSetAgentConfig   = area.Scoped(`UPDATE main.repositories SET agent_config = $3 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qDeleteRepository = area.Scoped(`UPDATE main.repositories SET deleted_at = $3 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
)

// CreateRepository stores a repository with its sealed credential; Conflict if the team has one with its name.
func (s Scope) CreateRepository(ctx context.Context, r repository.Repository, sealed string) error {
	_, err := s.Scope.Exec(ctx, qCreateRepository, r.ID, r.Name, r.URL, r.Path, r.DefaultBranch, dbkernel.ListText(r.CheckCommands), sealed, r.Status, r.Progress, dbkernel.Millis(r.CreatedAt),
		dbkernel.Bit(r.ChecksInShell))
	return dbkernel.Wrap("create repository", dbkernel.Taken(err, "name", "This team already has a repository named %q.", r.Name))
}

// Repository reads one repository; Missing if it is another team's or deleted.
func (s Scope) Repository(ctx context.Context, id repository.ID) (repository.Repository, error) {
	return dbkernel.First("repository", scanRepository)(s.Scope.Query(ctx, qRepository, id))
}

// Repositories lists the team's repositories by name.
func (s Scope) Repositories(ctx context.Context) ([]repository.Repository, error) {
	return dbkernel.Collect(scanRepository)(s.Scope.Query(ctx, qRepositories))
}

// SetRepositoryStatus stores the status and the progress of a repository's clone.
func (s Scope) SetRepositoryStatus(ctx context.Context, id repository.ID, st repository.Status, progress string) error {
	return s.Scope.ExecOne(ctx, "repository", qRepositoryStatus, id, st, progress)
}

// SetRepositoryInspection stores what a fetch brought, with the status that follows from it and the reason.
func (s Scope) SetRepositoryInspection(ctx context.Context, id repository.ID, st repository.Status, why string, i repository.Inspection) error {
	found, err := json.Marshal(i)
	if err != nil {
		return dbkernel.Wrap("encode an inspection", err)
	}
	return s.Scope.ExecOne(ctx, "repository", qInspection, id, st, why, string(found))
}

// RepositoryCredential reads the sealed credential of a repository; it is empty if there is none.
func (s Scope) RepositoryCredential(ctx context.Context, id repository.ID) (sealed string, err error) {
	return dbkernel.First("repository", dbkernel.Value[string])(s.Scope.Query(ctx, qCredential, id))
}

// UpdateRepository changes the default branch of a repository, its check commands, and whether a shell runs them.
func (s Scope) UpdateRepository(ctx context.Context, r repository.Repository) error {
	return s.Scope.ExecOne(ctx, "repository", qUpdateRepository, r.ID, r.DefaultBranch, dbkernel.ListText(r.CheckCommands), dbkernel.Bit(r.ChecksInShell))
}

// SetAgentConfig sets whether the agent configuration in a repository is used.
func (s Scope) SetAgentConfig(ctx context.Context, id repository.ID, allowed bool) error {
	return s.Scope.ExecOne(ctx, "repository", qSetAgentConfig, id, dbkernel.Bit(allowed))
}

// DeleteRepository hides a repository and frees its name; its sessions keep it.
func (s Scope) DeleteRepository(ctx context.Context, id repository.ID, now time.Time) error {
	return s.Scope.ExecOne(ctx, "repository", qDeleteRepository, id, dbkernel.Millis(now))
}

func scanRepository(r dbkernel.Scanner) (v repository.Repository, err error) {
	var commands, inspection string
	err = r.Scan(&v.ID, &v.Name, &v.URL, &v.Path, &v.DefaultBranch, &commands, &v.HasCredential, &v.Status, &v.Progress, dbkernel.TimeDest(&v.CreatedAt), &v.AgentConfig,
		&v.ChecksInShell, &inspection)
	if err != nil {
		return v, err
	}
	if inspection != "" {
		if err := json.Unmarshal([]byte(inspection), &v.Inspection); err != nil {
			return v, dbkernel.Wrap("decode the inspection of repository "+string(v.ID), err)
		}
	}
	v.CheckCommands, err = dbkernel.ParseList(commands)
	return v, dbkernel.Wrap("check commands of repository "+string(v.ID), err)
}

var (
	qMoveRepository = area.Scoped(`UPDATE main.repositories SET url = $3, credential = $4, status = 'cloning', progress = ''
		WHERE tenant_id = $1 AND id = $2 AND path = '' AND deleted_at IS NULL`)
)

// MoveRepository changes the clone URL of a repository, replaces its credential with sealed, which may be empty, and has it cloned
// again; Missing for one with a local path.
func (s Scope) MoveRepository(ctx context.Context, id repository.ID, url, sealed string) error {
	return s.Scope.ExecOne(ctx, "repository", qMoveRepository, id, url, sealed)
}

var (
	qUnready = area.CrossTenant(dbkernel.ReasonRecovery, `SELECT tenant_id, id FROM repositories WHERE status = 'cloning' AND deleted_at IS NULL ORDER BY created_at, id`)
)

// RepositoryRef names a repository of a team.
type RepositoryRef struct {
	Tenant tenant.ID
	ID     repository.ID
}

// UnreadyRepositories lists the repositories that are not cloned yet, oldest first.
func (s System) UnreadyRepositories(ctx context.Context) ([]RepositoryRef, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (v RepositoryRef, err error) {
		err = r.Scan(&v.Tenant, &v.ID)
		return v, err
	})(s.System.Query(ctx, qUnready))
}
