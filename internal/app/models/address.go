package models

import (
	"context"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// MoveProvider changes where a provider is asked. Its key was given for the old address and goes with it; key, which may be
// empty, is the one for the new.
func (a *Verbs) MoveProvider(ctx context.Context, by tenant.Actor, pid provider.ID, baseURL, key string) error {
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
	return a.k.Write(ctx, by, tenant.EditProviders, func(sc *dbkernel.Scope) error {
		if err := dbmodels.On(sc).MoveProvider(ctx, pid, p.BaseURL, a.sealKey(by.Tenant, pid, key)); err != nil {
			return err
		}
		return a.k.AuditChange(ctx, sc, by, "move_provider", string(pid), p.Name+appkernel.WithSecret(key != "", ", with a key"), was, p.BaseURL)
	})
}

// checkProvider gives the faults of a provider and of the host it is asked at.
func (a *Verbs) checkProvider(ctx context.Context, p provider.Provider) error {
	if err := p.Check(); err != nil || a.k.Opts.CheckHost == nil {
		return err
	}
	if err := a.k.Opts.CheckHost(ctx, p.BaseURL); err != nil {
		return fault.Field("base_url", "%s", err.Error())
	}
	return nil
}
