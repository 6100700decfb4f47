package repos

import (
	"context"
	"encoding/json"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qForge = area.Scoped(`SELECT f.kind, f.api, f.project, f.access, f.checked_at, f.hook FROM repository_forges f
		JOIN repositories r ON r.tenant_id = f.tenant_id AND r.id = f.repository_id WHERE f.tenant_id = $1 AND f.repository_id = $2 AND r.deleted_at IS NULL`)
	qForgeToken = area.Scoped(`SELECT token FROM repository_forges WHERE tenant_id = $1 AND repository_id = $2`)
	qSetForge   = area.Scoped(`INSERT INTO main.repository_forges (tenant_id, repository_id, kind, api, project, token, access, checked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (tenant_id, repository_id) DO UPDATE SET kind = excluded.kind, api = excluded.api, project = excluded.project, token = excluded.token,
		access = excluded.access, checked_at = excluded.checked_at`)
	qDropForge = area.Scoped(`DELETE FROM main.repository_forges WHERE tenant_id = $1 AND repository_id = $2`)
	qSetHook   = area.Scoped(`UPDATE main.repository_forges SET hook = $3, hook_secret = $4 WHERE tenant_id = $1 AND repository_id = $2`)

	qHook = area.CrossTenant("a forge's request names a webhook and no team", `SELECT f.tenant_id, f.repository_id, f.kind, f.hook_secret FROM repository_forges f
		JOIN repositories r ON r.tenant_id = f.tenant_id AND r.id = f.repository_id JOIN tenants t ON t.id = f.tenant_id
		WHERE f.hook = $1 AND f.hook <> '' AND r.deleted_at IS NULL AND t.deleted_at IS NULL`)
)

// Forge reads where a repository's pull requests are; Missing if it has no forge.
func (s Scope) Forge(ctx context.Context, id repository.ID) (forge.Stored, error) {
	return dbkernel.First("forge", scanForge)(s.Scope.Query(ctx, qForge, id))
}

// ForgeToken reads the sealed token for a repository's forge.
func (s Scope) ForgeToken(ctx context.Context, id repository.ID) (sealed string, err error) {
	return dbkernel.First("forge", dbkernel.Value[string])(s.Scope.Query(ctx, qForgeToken, id))
}

// SetForge stores a repository's forge with its sealed token in place of an earlier one. A webhook is kept.
func (s Scope) SetForge(ctx context.Context, id repository.ID, f forge.Stored, sealed string) error {
	access, err := json.Marshal(f.Access)
	if err != nil {
		return dbkernel.Wrap("encode the access of a token", err)
	}
	_, err = s.Scope.Exec(ctx, qSetForge, id, string(f.Kind), f.API, f.Project, sealed, string(access), dbkernel.Millis(f.CheckedAt))
	return dbkernel.Wrap("store a forge", err)
}

// DropForge deletes a repository's forge with its token and webhook; it is no error if there is none.
func (s Scope) DropForge(ctx context.Context, id repository.ID) error {
	_, err := s.Scope.Exec(ctx, qDropForge, id)
	return dbkernel.Wrap("delete a forge", err)
}

// SetForgeHook stores the name and the sealed secret of the webhook for a repository's forge.
func (s Scope) SetForgeHook(ctx context.Context, id repository.ID, hook, sealed string) error {
	return s.Scope.ExecOne(ctx, "forge", qSetHook, id, hook, sealed)
}

func scanForge(r dbkernel.Scanner) (f forge.Stored, err error) {
	var access string
	if err := r.Scan(&f.Kind, &f.API, &f.Project, &access, dbkernel.TimeDest(&f.CheckedAt), &f.Hook); err != nil {
		return f, err
	}
	return f, dbkernel.Wrap("decode the access of a token", json.Unmarshal([]byte(access), &f.Access))
}

// Hook is a repository whose forge sends news to this server. Secret is sealed.
type Hook struct {
	Tenant     tenant.ID
	Repository repository.ID
	Kind       forge.Kind
	Secret     string
}

// ForgeHook finds the repository of a webhook; Missing if there is none.
func (s System) ForgeHook(ctx context.Context, hook string) (Hook, error) {
	return dbkernel.First("webhook", func(r dbkernel.Scanner) (h Hook, err error) {
		err = r.Scan(&h.Tenant, &h.Repository, &h.Kind, &h.Secret)
		return h, err
	})(s.System.Query(ctx, qHook, hook))
}
