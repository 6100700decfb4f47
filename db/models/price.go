package models

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

var (
	qVersions = area.Scoped(`SELECT p.name, m.id, m.valid_from, m.price_input, m.price_output, m.price_cache_read, m.price_cache_write
		FROM provider_models m JOIN providers p ON p.tenant_id = m.tenant_id AND p.id = m.provider_id WHERE m.tenant_id = $1
		ORDER BY p.name, m.id, m.valid_from DESC`)
)

const (
	priceColumns = `SELECT provider, model, valid_from, price_input, price_output, price_cache_read, price_cache_write, added_by, added_at FROM prices`
	reasonPrices = "the operator's prices apply in every team"
)

var (
	qPrices     = area.CrossTenant(reasonPrices, priceColumns+` ORDER BY provider, model, valid_from DESC`)
	qPriceAt    = area.CrossTenant(reasonPrices, priceColumns+` WHERE provider = $1 AND model = $2 AND valid_from <= $3 ORDER BY valid_from DESC LIMIT 1`)
	qPricesHold = area.CrossTenant(reasonPrices, priceColumns+` p WHERE valid_from = (SELECT max(n.valid_from) FROM prices n WHERE n.provider = p.provider AND n.model = p.model AND n.valid_from <= $1)
		ORDER BY provider, model`)
	qAddPrice = area.CrossTenant(reasonPrices, `INSERT INTO main.prices (provider, model, valid_from, price_input, price_output, price_cache_read, price_cache_write, added_by, added_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
)

// Prices lists every version of the operator's prices, by provider and model, the newest version first.
func (s System) Prices(ctx context.Context) ([]instance.Price, error) {
	ps, err := dbkernel.Collect(scanPrice)(s.System.Query(ctx, qPrices))
	return ps, dbkernel.Wrap("list prices", err)
}

// PriceAt reads the operator's price of a provider's model at a time; ok is false if there is none.
func (s System) PriceAt(ctx context.Context, provider, model string, at time.Time) (p instance.Price, ok bool, err error) {
	p, ok, err = dbkernel.Maybe(scanPrice)(s.System.Query(ctx, qPriceAt, provider, model, dbkernel.Millis(at)))
	return p, ok, dbkernel.Wrap("read a price", err)
}

// PricesAt lists the operator's prices that apply at a time, one for each model that has a price.
func (s System) PricesAt(ctx context.Context, at time.Time) ([]instance.Price, error) {
	ps, err := dbkernel.Collect(scanPrice)(s.System.Query(ctx, qPricesHold, dbkernel.Millis(at)))
	return ps, dbkernel.Wrap("list prices", err)
}

// AddPrice stores a version of a price; Conflict if a version begins at the same time. Versions never change.
func (s System) AddPrice(ctx context.Context, p instance.Price) error {
	_, err := s.System.Exec(ctx, qAddPrice, p.Provider, p.Model, dbkernel.Millis(p.From), p.Price.Input, p.Price.Output, p.Price.CacheRead, p.Price.CacheWrite, p.AddedBy, dbkernel.Millis(p.AddedAt))
	return dbkernel.Wrap("add price", dbkernel.Taken(err, "from", "A price for %s already takes effect at that time, and prices cannot be changed. Choose a later time.", p.Provider+"/"+p.Model))
}

func scanPrice(r dbkernel.Scanner) (p instance.Price, err error) {
	err = r.Scan(&p.Provider, &p.Model, dbkernel.TimeDest(&p.From), &p.Price.Input, &p.Price.Output, &p.Price.CacheRead, &p.Price.CacheWrite, &p.AddedBy, dbkernel.TimeDest(&p.AddedAt))
	return p, err
}

// PriceVersions lists every price that the team set for its providers' models, newest first, including those of deleted providers.
func (s Scope) PriceVersions(ctx context.Context) ([]usage.Version, error) {
	vs, err := dbkernel.Collect(func(r dbkernel.Scanner) (v usage.Version, err error) {
		var provider string
		err = r.Scan(&provider, &v.Model, dbkernel.TimeDest(&v.From), &v.Price.Input, &v.Price.Output, &v.Price.CacheRead, &v.Price.CacheWrite)
		v.Model = provider + "/" + v.Model
		return v, err
	})(s.Scope.Query(ctx, qVersions))
	return vs, dbkernel.Wrap("list prices", err)
}
