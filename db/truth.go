package db

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

var (
	qDoubts = reg(`SELECT coalesce(CAST(sum(estimated) AS BIGINT), 0), coalesce(CAST(sum(doubtful) AS BIGINT), 0), coalesce(CAST(sum(guess_input) AS BIGINT), 0),
		coalesce(CAST(sum(guess_output) AS BIGINT), 0) FROM usage_user_days WHERE tenant_id = $1 AND day >= $2 AND day <= $3`)
	qVersions = reg(`SELECT p.name, m.id, m.valid_from, m.price_input, m.price_output, m.price_cache_read, m.price_cache_write
		FROM provider_models m JOIN providers p ON p.tenant_id = m.tenant_id AND p.id = m.provider_id WHERE m.tenant_id = $1
		ORDER BY p.name, m.id, m.valid_from DESC`)
)

// Doubts reads how many of the team's calls were estimated, how many look wrong and what they are guessed at, both UTC days included.
func (s *Scope) Doubts(ctx context.Context, fromDay, toDay string) (t usage.Truth, err error) {
	return first("usage", func(r scanner) (t usage.Truth, err error) {
		err = r.Scan(&t.Estimated, &t.Doubtful, &t.Guess.Input, &t.Guess.Output)
		return t, err
	})(s.query(ctx, qDoubts, fromDay, toDay))
}

// PriceVersions lists every price that the team set for its providers' models, those of removed providers too, newest first.
func (s *Scope) PriceVersions(ctx context.Context) ([]usage.Version, error) {
	vs, err := collect(func(r scanner) (v usage.Version, err error) {
		var provider string
		err = r.Scan(&provider, &v.Model, stamp(&v.From), &v.Price.Input, &v.Price.Output, &v.Price.CacheRead, &v.Price.CacheWrite)
		v.Model = provider + "/" + v.Model
		return v, err
	})(s.query(ctx, qVersions))
	return vs, wrap("list prices", err)
}
