package repos

import (
	"context"
	"crypto/rand"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

func forgeHookPlace(t tenant.ID, r repository.ID) secret.Place {
	return secret.Place{Tenant: string(t), Table: "repository_forges", Row: string(r), Column: "hook_secret"}
}

// MakeForgeHook makes a new address and secret for the webhook of a repository's forge. An earlier webhook stops working. The secret is
// returned here only.
func (a *Verbs) MakeForgeHook(ctx context.Context, by tenant.Actor, rid repository.ID) (hook, key string, err error) {
	hook, key = strings.ToLower(rand.Text()), strings.ToLower(rand.Text())
	return hook, key, a.editRepositoryAs(ctx, by, rid, "make_forge_hook", func(sc *dbkernel.Scope, _ repository.Repository) (string, error) {
		return "", dbrepos.On(sc).SetForgeHook(ctx, rid, hook, a.k.Keys.Seal(forgeHookPlace(by.Tenant, rid), key))
	})
}

// ForgeHook returns the repository of a webhook and its decrypted secret, before anything of the request is trusted; Missing if there is none.
func (a *Verbs) ForgeHook(ctx context.Context, hook string) (t tenant.ID, rid repository.ID, kind forge.Kind, key string, err error) {
	var h dbrepos.Hook
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { h, err = dbrepos.Across(s).ForgeHook(ctx, hook); return err })
	if err == nil && h.Secret == "" {
		err = fault.Missing("webhook")
	}
	if err == nil {
		key, err = a.k.Keys.Open(forgeHookPlace(h.Tenant, h.Repository), h.Secret)
	}
	return h.Tenant, h.Repository, h.Kind, key, err
}
