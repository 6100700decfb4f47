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
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// MoveProvider changes a provider's base URL. It removes the stored key, which was for the old URL; key, which may be empty, is for
// the new one.
func (a *Verbs) MoveProvider(ctx context.Context, by tenant.Actor, pid provider.ID, baseURL, key string) error {
	p, err := a.Provider(ctx, by, pid)
	if err != nil {
		return err
	}
	if err := by.May(tenant.EditProviders); err != nil {
		return err
	}
	was, key := p.BaseURL, strings.TrimSpace(key)
	if p.BaseURL = text.URL(strings.TrimRight(strings.TrimSpace(baseURL), "/")); p.BaseURL == was {
		return fault.Field("base_url", "The provider already uses %s.", was)
	}
	if err := a.checkProvider(ctx, p); err != nil {
		return err
	}
	return a.k.Write(ctx, by, tenant.EditProviders, func(sc *dbkernel.Scope) error {
		if err := dbmodels.On(sc).MoveProvider(ctx, pid, p.BaseURL, a.sealKey(by.Tenant, pid, key)); err != nil {
			return err
		}
		return a.k.AuditChange(ctx, sc, by, "move_provider", string(pid), p.Name+appkernel.SuffixIf(key != "", ", with a key"), was, p.BaseURL)
	})
}

// checkProvider returns the faults of a provider, among them a host that outbound requests may not reach.
func (a *Verbs) checkProvider(ctx context.Context, p provider.Provider) error {
	if err := p.Check(); err != nil || a.k.Opts.CheckHost == nil {
		return err
	}
	if err := a.k.Opts.CheckHost(ctx, p.BaseURL); err != nil {
		return fault.Field("base_url", "%s", err.Error())
	}
	return nil
}
