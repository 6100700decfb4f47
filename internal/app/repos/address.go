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
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// MoveRepository changes the clone URL of a repository and fetches from the new one. It removes the stored credential, the key of
// the SSH host and the forge, which were for the old URL; credential, which may be empty, is for the new one.
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
		if r.URL = text.URL(strings.TrimSpace(url)); r.Path != "" || r.URL == was {
			return fault.Field("url", "Enter a new URL; the repository already uses %s. A local path cannot be changed.", was+r.Path)
		}
		moved := r
		moved.CheckCommands = nil // they may be from before a rule
		if err := moved.Check(); err != nil {
			return err
		}
		if err := dbrepos.On(sc).MoveRepository(ctx, rid, r.URL, a.sealCredential(by.Tenant, rid, credential)); err != nil {
			return err
		}
		if err := dbrepos.On(sc).ForgetHostKey(ctx, rid); err != nil {
			return err
		}
		if err := dbrepos.On(sc).DropForge(ctx, rid); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.k.Hub.RingBell(appkernel.Clones) })
		return a.k.AuditChange(ctx, sc, by, "move_repository", string(rid), r.Name+appkernel.SuffixIf(credential != "", ", with a credential"), was, r.URL)
	})
}

func (a *Verbs) sealCredential(t tenant.ID, rid repository.ID, credential string) string {
	if credential == "" {
		return ""
	}
	return a.k.Keys.Seal(credentialPlace(t, rid), credential)
}
