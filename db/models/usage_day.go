package models

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// Days of usage are added up by work, as calls end; models read them beside the budget.
var qUsageDays = area.Scoped(`SELECT day, model, calls, tokens_input, tokens_output, tokens_reasoning, tokens_cache_read, tokens_cache_write_short,
		tokens_cache_write_long, cost_microusd FROM usage_days WHERE tenant_id = $1 AND day >= $2 AND day <= $3 ORDER BY day, model`)

// UsageDays reads the team's usage by UTC day and model, both days included.
func (s Scope) UsageDays(ctx context.Context, fromDay, toDay string) ([]usage.Day, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (d usage.Day, err error) {
		err = r.Scan(append([]any{&d.Date, &d.Model, &d.Calls}, append(CountsDest(&d.Counts), &d.Cost)...)...)
		return d, err
	})(s.Scope.Query(ctx, qUsageDays, fromDay, toDay))
}

// CountsDest lists the destinations of the six columns of token counts for Scan.
func CountsDest(c *usage.Counts) []any {
	return []any{&c.Input, &c.Output, &c.Reasoning, &c.CacheRead, &c.CacheWriteShort, &c.CacheWriteLong}
}
