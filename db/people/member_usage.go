package people

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// What members did is counted by work; people read it beside each member.
var (
	qPersonCounts = area.Scoped(`SELECT user_id, made FROM person_counts WHERE tenant_id = $1`)
	qPersonTokens = area.Scoped(`SELECT user_id, CAST(sum(tokens_input) AS BIGINT), CAST(sum(tokens_output) AS BIGINT), CAST(sum(tokens_reasoning) AS BIGINT),
		CAST(sum(tokens_cache_read) AS BIGINT), CAST(sum(tokens_cache_write_short) AS BIGINT), CAST(sum(tokens_cache_write_long) AS BIGINT)
		FROM usage_user_days WHERE tenant_id = $1 AND day >= $2 AND day <= $3 GROUP BY user_id`)
)

// PersonCounts reads how many sessions each person created in the team.
func (s Scope) PersonCounts(ctx context.Context) (map[tenant.UserID]int64, error) {
	out := map[tenant.UserID]int64{}
	_, err := dbkernel.Collect(func(r dbkernel.Scanner) (struct{}, error) {
		var u tenant.UserID
		var n int64
		err := r.Scan(&u, &n)
		out[u] = n
		return struct{}{}, err
	})(s.Scope.Query(ctx, qPersonCounts))
	return out, dbkernel.Wrap("read people's sessions", err)
}

// PersonTokens sums the tokens of each person's sessions between two UTC days, both included.
func (s Scope) PersonTokens(ctx context.Context, from, to string) (map[tenant.UserID]usage.Counts, error) {
	out := map[tenant.UserID]usage.Counts{}
	_, err := dbkernel.Collect(func(r dbkernel.Scanner) (struct{}, error) {
		var u tenant.UserID
		var c usage.Counts
		err := r.Scan(&u, &c.Input, &c.Output, &c.Reasoning, &c.CacheRead, &c.CacheWriteShort, &c.CacheWriteLong)
		out[u] = c
		return struct{}{}, err
	})(s.Scope.Query(ctx, qPersonTokens, from, to))
	return out, dbkernel.Wrap("read people's tokens", err)
}
