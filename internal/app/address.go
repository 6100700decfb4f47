package app

import (
	"context"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// MoveProvider changes where a provider is asked. Its key was given for the old address and goes with it; key, which may be
// empty, is the one for the new.
func (a *App) MoveProvider(ctx context.Context, by tenant.Actor, pid provider.ID, baseURL, key string) error {
	p, err := a.Provider(ctx, by, pid)
	if err != nil {
		return err
	}
	if err := by.May(tenant.EditProviders); err != nil {
		return err
	}
	was, key := p.BaseURL, strings.TrimSpace(key)
	if p.BaseURL = strings.TrimRight(strings.TrimSpace(baseURL), "/"); p.BaseURL == was {
		return fault.Field("base_url", "The provider is asked at %s already.", was)
	}
	if err := a.checkProvider(ctx, p); err != nil {
		return err
	}
	return a.write(ctx, by, tenant.EditProviders, func(sc *dbkernel.Scope) error {
		if err := dbmodels.On(sc).MoveProvider(ctx, pid, p.BaseURL, a.sealKey(by.Tenant, pid, key)); err != nil {
			return err
		}
		return a.auditChange(ctx, sc, by, "move_provider", string(pid), p.Name+withSecret(key != "", ", with a key"), was, p.BaseURL)
	})
}

// checkProvider gives the faults of a provider and of the host it is asked at.
func (a *App) checkProvider(ctx context.Context, p provider.Provider) error {
	if err := p.Check(); err != nil || a.opts.CheckHost == nil {
		return err
	}
	if err := a.opts.CheckHost(ctx, p.BaseURL); err != nil {
		return fault.Field("base_url", "%s", err.Error())
	}
	return nil
}

// MoveRepository changes the clone URL of a repository and has it fetched from there. Its credential was given for the old
// address and goes with it, as does what its ssh host was known by; credential, which may be empty, is the one for the new.
func (a *App) MoveRepository(ctx context.Context, by tenant.Actor, rid repository.ID, url, credential string) error {
	if err := checkID("repository", string(rid)); err != nil {
		return err
	}
	return a.write(ctx, by, tenant.EditRepositories, func(sc *dbkernel.Scope) error {
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
		sc.AfterCommit(func() { a.Hub.RingBell(Clones) })
		return a.auditChange(ctx, sc, by, "move_repository", string(rid), r.Name+withSecret(credential != "", ", with a credential"), was, r.URL)
	})
}

func (a *App) sealCredential(t tenant.ID, rid repository.ID, credential string) string {
	if credential == "" {
		return ""
	}
	return a.keys.Seal(credentialPlace(t, rid), credential)
}
