package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

const (
	ofOperator = "who runs the instance sees figures of every team and no content"
	usageSums  = `coalesce(CAST(sum(u.calls) AS BIGINT), 0), coalesce(CAST(sum(u.tokens_input) AS BIGINT), 0), coalesce(CAST(sum(u.tokens_output) AS BIGINT), 0),
		coalesce(CAST(sum(u.tokens_reasoning) AS BIGINT), 0), coalesce(CAST(sum(u.tokens_cache_read) AS BIGINT), 0),
		coalesce(CAST(sum(u.tokens_cache_write_short) AS BIGINT), 0), coalesce(CAST(sum(u.tokens_cache_write_long) AS BIGINT), 0),
		coalesce(CAST(sum(u.cost_microusd) AS BIGINT), 0)`
	// The days of each team stand next to each other: one team after the other is read, never the whole table.
	usageOfDays = ` FROM tenants t JOIN usage_days u ON u.tenant_id = t.id AND u.day >= $1 AND u.day <= $2 WHERE ($3 = '' OR t.id = $3)`
	usageTop    = ` ORDER BY sum(u.cost_microusd) DESC, sum(u.calls) DESC, 1 LIMIT $4`
)

var usageBy = map[usage.Group]crossing{
	usage.ByTeam:  across(ofOperator, `SELECT t.slug, min(t.name), `+usageSums+usageOfDays+` GROUP BY t.slug`+usageTop),
	usage.ByModel: across(ofOperator, `SELECT u.model, u.model, `+usageSums+usageOfDays+` GROUP BY u.model`+usageTop),
	usage.ByDay:   across(ofOperator, `SELECT u.day, u.day, `+usageSums+usageOfDays+` GROUP BY u.day ORDER BY u.day DESC LIMIT $4`),
	usage.ByPerson: across(ofOperator, `SELECT u.user_id, coalesce(min(p.name), ''), `+usageSums+` FROM tenants t
		JOIN usage_user_days u ON u.tenant_id = t.id AND u.day >= $1 AND u.day <= $2 LEFT JOIN users p ON p.id = u.user_id
		WHERE ($3 = '' OR t.id = $3) GROUP BY u.user_id`+usageTop),
}

var (
	qUsageAll   = across(ofOperator, `SELECT '', '', `+usageSums+usageOfDays)
	qUsageLines = across(ofOperator, `SELECT u.day, t.slug, coalesce(p.name, ''), coalesce(p.email, ''), u.model, u.calls, u.tokens_input, u.tokens_output,
		u.tokens_reasoning, u.tokens_cache_read, u.tokens_cache_write_short, u.tokens_cache_write_long, u.cost_microusd
		FROM tenants t JOIN usage_user_days u ON u.tenant_id = t.id AND u.day = $1 LEFT JOIN users p ON p.id = u.user_id
		WHERE ($2 = '' OR t.id = $2) ORDER BY t.slug, u.user_id, u.model`)
)

// UsageBy sums the usage of a range by a group, the costliest first and days newest first, at most limit rows; all is the sum of everything in the range.
func (s *System) UsageBy(ctx context.Context, g usage.Group, r usage.Range, limit int) (rows []usage.Row, all usage.Row, err error) {
	from, to := usage.Date(r.From), usage.Date(r.To)
	if rows, err = collect(scanUsage)(s.query(ctx, usageBy[g], from, to, r.Team, limit)); err != nil {
		return nil, all, wrap("sum usage", err)
	}
	all, err = first("usage", scanUsage)(s.query(ctx, qUsageAll, from, to, r.Team))
	return rows, all, err
}

// UsageOf reads the usage of one UTC day, a line for each team, person and model.
func (s *System) UsageOf(ctx context.Context, day time.Time, r usage.Range) ([]usage.Line, error) {
	ls, err := collect(func(r scanner) (l usage.Line, err error) {
		err = r.Scan(append(append([]any{&l.Date, &l.Team, &l.Person, &l.Email, &l.Model, &l.Calls}, countsDest(&l.Counts)...), &l.Cost)...)
		return l, err
	})(s.query(ctx, qUsageLines, usage.Date(day), r.Team))
	return ls, wrap("read usage", err)
}

func scanUsage(r scanner) (v usage.Row, err error) {
	err = r.Scan(append(append([]any{&v.Key, &v.Name, &v.Calls}, countsDest(&v.Counts)...), &v.Cost)...)
	return v, err
}
