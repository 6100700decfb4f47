package repos

import (
	"context"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// MoveRepository changes the clone URL of a repository and has it fetched from there. Its credential was given for the old
// address and goes with it, as does what its ssh host was known by; credential, which may be empty, is the one for the new.
func (a *Verbs) MoveRepository(ctx context.Context, by tenant.Actor, rid repository.ID, url, credential string) error {
	if err := appkernel.CheckID("repository", string(rid)); err != nil {
		return err
	}
	return a.k.Write(ctx, by, tenant.EditRepositories, func(sc *dbkernel.Scope) error {
		r, err := dbrepos.On(sc).Repository(ctx, rid)
		if err != nil {
			return err
		}
		was := r.URL
		if r.URL = strings.TrimSpace(url); r.Path != "" || r.URL == was {
			return fault.Field("url", "The repository comes from %s already; a local path is not changed.", was+r.Path)
		}
		if err := r.Check(); err != nil {
			return err
		}
		if err := dbrepos.On(sc).MoveRepository(ctx, rid, r.URL, a.sealCredential(by.Tenant, rid, credential)); err != nil {
			return err
		}
		if err := dbrepos.On(sc).ForgetHostKey(ctx, rid); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.k.Hub.RingBell(appkernel.Clones) })
		return a.k.AuditChange(ctx, sc, by, "move_repository", string(rid), r.Name+appkernel.WithSecret(credential != "", ", with a credential"), was, r.URL)
	})
}

func (a *Verbs) sealCredential(t tenant.ID, rid repository.ID, credential string) string {
	if credential == "" {
		return ""
	}
	return a.k.Keys.Seal(credentialPlace(t, rid), credential)
}
