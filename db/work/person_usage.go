package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

const personCounts = `calls, tokens_input, tokens_output, tokens_reasoning, tokens_cache_read, tokens_cache_write_short, tokens_cache_write_long, cost_microusd,
	estimated, doubtful, guess_input, guess_output`

// A call counts for the creator of its session; a call without a session counts for nobody.
var qAddPersonUsage = area.Scoped(`INSERT INTO main.usage_user_days (tenant_id, day, model, user_id, ` + personCounts + `)
	VALUES ($1, $2, $3, coalesce((SELECT created_by FROM sessions WHERE tenant_id = $1 AND id = $4), ''), 1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
	ON CONFLICT (tenant_id, day, user_id, model) DO UPDATE SET calls = usage_user_days.calls + 1,
	tokens_input = usage_user_days.tokens_input + excluded.tokens_input, tokens_output = usage_user_days.tokens_output + excluded.tokens_output,
	tokens_reasoning = usage_user_days.tokens_reasoning + excluded.tokens_reasoning,
	tokens_cache_read = usage_user_days.tokens_cache_read + excluded.tokens_cache_read,
	tokens_cache_write_short = usage_user_days.tokens_cache_write_short + excluded.tokens_cache_write_short,
	tokens_cache_write_long = usage_user_days.tokens_cache_write_long + excluded.tokens_cache_write_long,
	cost_microusd = usage_user_days.cost_microusd + excluded.cost_microusd, estimated = usage_user_days.estimated + excluded.estimated,
	doubtful = usage_user_days.doubtful + excluded.doubtful, guess_input = usage_user_days.guess_input + excluded.guess_input,
	guess_output = usage_user_days.guess_output + excluded.guess_output`)

// addPersonUsage adds a call to the usage of its session's creator. It adds our own estimate only for calls with unverified usage.
func (s Scope) addPersonUsage(ctx context.Context, c usage.Call) error {
	var guess usage.Guess
	if c.Doubtful() {
		guess = c.Guess
	}
	_, err := s.Scope.Exec(ctx, qAddPersonUsage, usage.Date(c.Started), c.Identifier(), c.Session, c.Counts.Input, c.Counts.Output, c.Counts.Reasoning,
		c.Counts.CacheRead, c.Counts.CacheWriteShort, c.Counts.CacheWriteLong, c.Cost, dbkernel.Bit(c.Estimated), dbkernel.Bit(c.Doubtful()), guess.Input, guess.Output)
	return dbkernel.Wrap("add to the person's usage", err)
}

var (
	qCountPerson = area.Scoped(`INSERT INTO main.person_counts (tenant_id, user_id, made) VALUES ($1, $2, 1)
		ON CONFLICT (tenant_id, user_id) DO UPDATE SET made = person_counts.made + 1`)
)

var (
	qDoubts = area.Scoped(`SELECT coalesce(CAST(sum(u.estimated) AS BIGINT), 0), coalesce(CAST(sum(u.doubtful) AS BIGINT), 0), coalesce(CAST(sum(u.guess_input) AS BIGINT), 0),
		coalesce(CAST(sum(u.guess_output) AS BIGINT), 0) FROM usage_user_days u WHERE u.tenant_id = $1 AND u.day >= $2 AND u.day <= $3`)
)

// UnverifiedUsage sums the team's calls whose usage was estimated, those whose usage is unverified and our own estimate of these, between two UTC
// days, both included.
func (s Scope) UnverifiedUsage(ctx context.Context, fromDay, toDay string) (t usage.Truth, err error) {
	return dbkernel.First("usage", func(r dbkernel.Scanner) (t usage.Truth, err error) {
		err = r.Scan(&t.Estimated, &t.Doubtful, &t.Guess.Input, &t.Guess.Output)
		return t, err
	})(s.Scope.Query(ctx, qDoubts, fromDay, toDay))
}
