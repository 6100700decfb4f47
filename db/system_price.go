package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
)

const (
	priceColumns = `SELECT provider, model, valid_from, price_input, price_output, price_cache_read, price_cache_write, added_by, added_at FROM prices`
	ofPrices     = "the operator's prices hold in every team"
)

var (
	qPrices     = across(ofPrices, priceColumns+` ORDER BY provider, model, valid_from DESC`)
	qPriceAt    = across(ofPrices, priceColumns+` WHERE provider = $1 AND model = $2 AND valid_from <= $3 ORDER BY valid_from DESC LIMIT 1`)
	qPricesHold = across(ofPrices, priceColumns+` p WHERE valid_from = (SELECT max(n.valid_from) FROM prices n WHERE n.provider = p.provider AND n.model = p.model AND n.valid_from <= $1)
		ORDER BY provider, model`)
	qAddPrice = across(ofPrices, `INSERT INTO main.prices (provider, model, valid_from, price_input, price_output, price_cache_read, price_cache_write, added_by, added_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
)

// Prices lists every version of the operator's prices, by provider and model, the newest version first.
func (s *System) Prices(ctx context.Context) ([]instance.Price, error) {
	ps, err := collect(scanPrice)(s.query(ctx, qPrices))
	return ps, wrap("list prices", err)
}

// PriceAt is the operator's price of a provider's model at a time; ok is false where there is none.
func (s *System) PriceAt(ctx context.Context, provider, model string, at time.Time) (p instance.Price, ok bool, err error) {
	p, ok, err = maybe(scanPrice)(s.query(ctx, qPriceAt, provider, model, ms(at)))
	return p, ok, wrap("read a price", err)
}

// PricesAt lists the operator's prices that hold at a time, one for each model that has any.
func (s *System) PricesAt(ctx context.Context, at time.Time) ([]instance.Price, error) {
	ps, err := collect(scanPrice)(s.query(ctx, qPricesHold, ms(at)))
	return ps, wrap("list prices", err)
}

// AddPrice stores a version; Conflict when one begins at that moment already. No version is ever changed.
func (s *System) AddPrice(ctx context.Context, p instance.Price) error {
	_, err := s.exec(ctx, qAddPrice, p.Provider, p.Model, ms(p.From), p.Price.Input, p.Price.Output, p.Price.CacheRead, p.Price.CacheWrite, p.AddedBy, ms(p.AddedAt))
	return wrap("add price", taken(err, "from", "There is a price of %s from that day on already; a version is never changed.", p.Provider+"/"+p.Model))
}

func scanPrice(r scanner) (p instance.Price, err error) {
	err = r.Scan(&p.Provider, &p.Model, stamp(&p.From), &p.Price.Input, &p.Price.Output, &p.Price.CacheRead, &p.Price.CacheWrite, &p.AddedBy, stamp(&p.AddedAt))
	return p, err
}
