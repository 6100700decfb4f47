package models

import (
	"context"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// TeamProviders returns a team's providers with the current prices, for the configuration of its agent process.
func (a *Verbs) TeamProviders(ctx context.Context, t tenant.ID) (ps []provider.Provider, err error) {
	if err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error { ps, err = dbmodels.On(sc).Providers(ctx); return err }); err != nil {
		return nil, err
	}
	var prices []instance.Price
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		prices, err = dbmodels.Across(s).PricesAt(ctx, a.k.Clock.Now())
		return err
	})
	applyPrices(ps, prices)
	return ps, err
}

// CreateProvider adds a model provider. Its key is stored encrypted and never returned.
func (a *Verbs) CreateProvider(ctx context.Context, by tenant.Actor, p provider.Provider, key string) (provider.Provider, error) {
	if err := by.May(tenant.EditProviders); err != nil {
		return p, err
	}
	p.ID, p.CreatedAt, p.Name = provider.ID(id.New()), a.k.Clock.Now(), strings.TrimSpace(p.Name)
	if p.BaseURL = text.URL(strings.TrimRight(strings.TrimSpace(p.BaseURL), "/")); p.BaseURL == "" {
		p.BaseURL = p.Kind.DefaultBaseURL()
	}
	if err := a.checkProvider(ctx, p); err != nil {
		return p, err
	}
	key = strings.TrimSpace(key)
	p.HasKey = key != ""
	return p, a.k.Write(ctx, by, tenant.EditProviders, func(sc *dbkernel.Scope) error {
		if err := dbmodels.On(sc).CreateProvider(ctx, p, a.sealKey(by.Tenant, p.ID, key), p.CreatedAt); err != nil {
			return err
		}
		return a.k.Audit(ctx, sc, by, "create_provider", string(p.ID), p.Name+appkernel.SuffixIf(p.HasKey, ", with a key"))
	})
}

func (a *Verbs) sealKey(t tenant.ID, pid provider.ID, key string) string {
	if key == "" {
		return ""
	}
	return a.k.Keys.Seal(keyPlace(t, pid), key)
}

func keyPlace(t tenant.ID, pid provider.ID) secret.Place {
	return secret.Place{Tenant: string(t), Table: "providers", Row: string(pid), Column: "api_key"}
}

// Providers returns the team's model providers by name, without their keys.
func (a *Verbs) Providers(ctx context.Context, by tenant.Actor) ([]provider.Provider, error) {
	return appkernel.ReadOne(ctx, a.k, by, tenant.ReadProviders, dbmodels.On, dbmodels.Scope.Providers)
}

// ModelIdentifiers returns every "provider/model" of the team, in the order of Providers.
func (a *Verbs) ModelIdentifiers(ctx context.Context, by tenant.Actor) ([]string, error) {
	ps, err := a.Providers(ctx, by)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range ps {
		for _, m := range p.Models {
			out = append(out, p.Name+"/"+m.ID)
		}
	}
	return out, nil
}

// Reach returns whether a "provider/model" is one of the team's, read in the caller's transaction.
func (a *Verbs) Reach(ctx context.Context, sc *dbkernel.Scope) (func(identifier string) bool, error) {
	ps, err := dbmodels.On(sc).Providers(ctx)
	if err != nil {
		return nil, err
	}
	all := map[string]bool{}
	for _, p := range ps {
		for _, m := range p.Models {
			all[p.Name+"/"+m.ID] = true
		}
	}
	return func(identifier string) bool { return all[identifier] }, nil
}

// Provider returns one provider, without its key.
func (a *Verbs) Provider(ctx context.Context, by tenant.Actor, pid provider.ID) (p provider.Provider, err error) {
	if err := appkernel.CheckID("model provider", string(pid)); err != nil {
		return p, err
	}
	err = a.k.Read(ctx, by, tenant.ReadProviders, func(sc *dbkernel.Scope) error { p, err = dbmodels.On(sc).Provider(ctx, pid); return err })
	return p, err
}

// TestProvider sends a one-token request to the provider's first model and returns the result.
func (a *Verbs) TestProvider(ctx context.Context, by tenant.Actor, pid provider.ID) (t provider.Test, err error) {
	if err := by.May(tenant.EditProviders); err != nil {
		return t, err
	}
	p, err := a.Provider(ctx, by, pid)
	if err != nil {
		return t, err
	}
	key, err := a.OpenKey(ctx, by.Tenant, pid)
	if err != nil {
		return t, err
	}
	t = a.opts.TestProvider(ctx, p, key)
	return t, a.k.Write(ctx, by, tenant.EditProviders, func(sc *dbkernel.Scope) error {
		return a.k.Audit(ctx, sc, by, "test_provider", string(pid), t.Message)
	})
}

// OpenKey returns a provider's decrypted key, or "" if it has none. It checks no right.
func (a *Verbs) OpenKey(ctx context.Context, t tenant.ID, pid provider.ID) (key string, err error) {
	var sealed string
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error { sealed, err = dbmodels.On(sc).ProviderKey(ctx, pid); return err })
	if err != nil || sealed == "" {
		return "", err
	}
	return a.k.Keys.Open(keyPlace(t, pid), sealed)
}

// SetProviderKey replaces a provider's key.
func (a *Verbs) SetProviderKey(ctx context.Context, by tenant.Actor, pid provider.ID, key string) error {
	return a.editProvider(ctx, by, pid, "set_provider_key", func(sc *dbkernel.Scope) error {
		return dbmodels.On(sc).SetProviderKey(ctx, pid, a.sealKey(by.Tenant, pid, strings.TrimSpace(key)))
	})
}

// SetProviderModels replaces the list of models. New prices apply to future calls; past costs do not change.
func (a *Verbs) SetProviderModels(ctx context.Context, by tenant.Actor, pid provider.ID, models []provider.Model) error {
	return a.editProvider(ctx, by, pid, "set_provider_models", func(sc *dbkernel.Scope) error {
		p, err := dbmodels.On(sc).Provider(ctx, pid)
		if err != nil {
			return err
		}
		p.Models = models
		if err := p.Check(); err != nil {
			return err
		}
		return dbmodels.On(sc).SetProviderModels(ctx, pid, models, a.k.Clock.Now())
	})
}

// DeleteProvider hides a provider. The usage figures remain.
func (a *Verbs) DeleteProvider(ctx context.Context, by tenant.Actor, pid provider.ID) error {
	return a.editProvider(ctx, by, pid, "delete_provider", func(sc *dbkernel.Scope) error { return dbmodels.On(sc).DeleteProvider(ctx, pid, a.k.Clock.Now()) })
}

func (a *Verbs) editProvider(ctx context.Context, by tenant.Actor, pid provider.ID, verb string, fn func(*dbkernel.Scope) error) error {
	if err := appkernel.CheckID("model provider", string(pid)); err != nil {
		return err
	}
	return a.k.Write(ctx, by, tenant.EditProviders, func(sc *dbkernel.Scope) error {
		if _, err := dbmodels.On(sc).Provider(ctx, pid); err != nil {
			return err
		}
		if err := fn(sc); err != nil {
			return err
		}
		return a.k.Audit(ctx, sc, by, verb, string(pid), "")
	})
}
