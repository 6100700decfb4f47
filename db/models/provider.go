package models

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
)

const providerColumns = `SELECT id, name, kind, base_url, CASE WHEN api_key <> '' THEN 1 ELSE 0 END, created_at FROM providers WHERE tenant_id = $1 AND deleted_at IS NULL`

// A provider's models are its rows with the newest valid_from. Prices never change: a new list of models is new rows.
const modelColumns = `SELECT m.provider_id, m.id, m.context, m.output, m.price_input, m.price_output, m.price_cache_read, m.price_cache_write
	FROM provider_models m WHERE m.tenant_id = $1 AND m.valid_from =
	(SELECT max(n.valid_from) FROM provider_models n WHERE n.tenant_id = $1 AND n.provider_id = m.provider_id)`

var (
	qCreateProvider = area.Scoped(`INSERT INTO main.providers (tenant_id, id, name, kind, base_url, api_key, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`)
	qProvider       = area.Scoped(providerColumns + ` AND id = $2`)
	qProviderByName = area.Scoped(providerColumns + ` AND name = $2`)
	qProviders      = area.Scoped(providerColumns + ` ORDER BY name`)
	qModelsOf       = area.Scoped(modelColumns + ` AND m.provider_id = $2 ORDER BY m.position`)
	qModels         = area.Scoped(modelColumns + ` ORDER BY m.provider_id, m.position`)
	qProviderKey    = area.Scoped(`SELECT api_key FROM providers WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qSetProviderKey = area.Scoped(`UPDATE main.providers SET api_key = $3 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qDeleteProvider = area.Scoped(`UPDATE main.providers SET deleted_at = $3, api_key = '' WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qLastPrices     = area.Scoped(`SELECT coalesce(max(valid_from), 0) FROM provider_models WHERE tenant_id = $1 AND provider_id = $2`)
	qAddModel       = area.Scoped(`INSERT INTO main.provider_models (tenant_id, provider_id, id, valid_from, position, context, output, price_input, price_output,
		price_cache_read, price_cache_write) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`)
	qLockProvider = area.ScopedLocked(`SELECT id FROM providers WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`, "FOR NO KEY UPDATE")
)

// CreateProvider stores a provider with its sealed key and its models; Conflict if the team has one with its name.
func (s Scope) CreateProvider(ctx context.Context, p provider.Provider, sealed string, now time.Time) error {
	_, err := s.Scope.Exec(ctx, qCreateProvider, p.ID, p.Name, p.Kind, p.BaseURL, sealed, dbkernel.Millis(now))
	if err != nil {
		return dbkernel.Wrap("create provider", dbkernel.Taken(err, "name", "This team already has a model provider named %q.", p.Name))
	}
	return s.SetProviderModels(ctx, p.ID, p.Models, now)
}

// Provider reads one provider with its models; Missing if it is deleted.
func (s Scope) Provider(ctx context.Context, id provider.ID) (provider.Provider, error) {
	p, err := dbkernel.First("model provider", scanProvider)(s.Scope.Query(ctx, qProvider, id))
	return s.withModels(ctx, p, err)
}

// ProviderByName reads a provider, with its models, by the name that its model identifiers begin with.
func (s Scope) ProviderByName(ctx context.Context, name string) (provider.Provider, error) {
	p, err := dbkernel.First("model provider", scanProvider)(s.Scope.Query(ctx, qProviderByName, name))
	return s.withModels(ctx, p, err)
}

func (s Scope) withModels(ctx context.Context, p provider.Provider, err error) (provider.Provider, error) {
	if err != nil {
		return p, err
	}
	models, err := dbkernel.Collect(scanModel)(s.Scope.Query(ctx, qModelsOf, p.ID))
	if err != nil {
		return p, err
	}
	for _, m := range models {
		p.Models = append(p.Models, m.Model)
	}
	return p, nil
}

// Providers lists the team's providers by name, with their models.
func (s Scope) Providers(ctx context.Context) ([]provider.Provider, error) {
	ps, err := dbkernel.Collect(scanProvider)(s.Scope.Query(ctx, qProviders))
	if err != nil {
		return nil, err
	}
	models, err := dbkernel.Collect(scanModel)(s.Scope.Query(ctx, qModels))
	if err != nil {
		return nil, err
	}
	of := map[provider.ID][]provider.Model{}
	for _, m := range models {
		of[m.provider] = append(of[m.provider], m.Model)
	}
	for i := range ps {
		ps[i].Models = of[ps[i].ID]
	}
	return ps, nil
}

// ProviderKey reads the sealed key of a provider; it is empty if there is none.
func (s Scope) ProviderKey(ctx context.Context, id provider.ID) (sealed string, err error) {
	return dbkernel.First("model provider", dbkernel.Value[string])(s.Scope.Query(ctx, qProviderKey, id))
}

// SetProviderKey replaces the sealed key of a provider.
func (s Scope) SetProviderKey(ctx context.Context, id provider.ID, sealed string) error {
	return s.Scope.ExecOne(ctx, "model provider", qSetProviderKey, id, sealed)
}

// SetProviderModels replaces the list of models; earlier prices stay stored for the calls of their time.
func (s Scope) SetProviderModels(ctx context.Context, id provider.ID, models []provider.Model, now time.Time) error {
	if _, err := dbkernel.First("model provider", dbkernel.Value[string])(s.Scope.Query(ctx, qLockProvider, id)); err != nil {
		return err
	}
	last, err := dbkernel.First("model provider", dbkernel.Value[int64])(s.Scope.Query(ctx, qLastPrices, id))
	if err != nil {
		return dbkernel.Wrap("read prices", err)
	}
	from := max(dbkernel.Millis(now), last+1)
	for i, m := range models {
		_, err := s.Scope.Exec(ctx, qAddModel, id, m.ID, from, i, m.Context, m.Output, m.Price.Input, m.Price.Output, m.Price.CacheRead, m.Price.CacheWrite)
		if err != nil {
			return dbkernel.Wrap("store model", err)
		}
	}
	return nil
}

// DeleteProvider hides a provider, deletes its key and frees its name.
func (s Scope) DeleteProvider(ctx context.Context, id provider.ID, now time.Time) error {
	return s.Scope.ExecOne(ctx, "model provider", qDeleteProvider, id, dbkernel.Millis(now))
}

func scanProvider(r dbkernel.Scanner) (p provider.Provider, err error) {
	err = r.Scan(&p.ID, &p.Name, &p.Kind, &p.BaseURL, &p.HasKey, dbkernel.TimeDest(&p.CreatedAt))
	return p, err
}

type modelRow struct {
	provider.Model
	provider provider.ID
}

func scanModel(r dbkernel.Scanner) (m modelRow, err error) {
	err = r.Scan(&m.provider, &m.ID, &m.Context, &m.Output, &m.Price.Input, &m.Price.Output, &m.Price.CacheRead, &m.Price.CacheWrite)
	return m, err
}

// An API key belongs to the URL that it was entered for, so both change in one statement.
var (
	qMoveProvider = area.Scoped(`UPDATE main.providers SET base_url = $3, api_key = $4 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
)

// MoveProvider changes the URL of a provider and replaces its key with sealed, which may be empty; Missing if it is deleted.
func (s Scope) MoveProvider(ctx context.Context, id provider.ID, baseURL, sealed string) error {
	return s.Scope.ExecOne(ctx, "model provider", qMoveProvider, id, baseURL, sealed)
}
