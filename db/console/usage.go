package console

import (
	"context"
	"time"

	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

const (
	usageSums = `coalesce(CAST(sum(u.calls) AS BIGINT), 0), coalesce(CAST(sum(u.tokens_input) AS BIGINT), 0), coalesce(CAST(sum(u.tokens_output) AS BIGINT), 0),
		coalesce(CAST(sum(u.tokens_reasoning) AS BIGINT), 0), coalesce(CAST(sum(u.tokens_cache_read) AS BIGINT), 0),
		coalesce(CAST(sum(u.tokens_cache_write_short) AS BIGINT), 0), coalesce(CAST(sum(u.tokens_cache_write_long) AS BIGINT), 0),
		coalesce(CAST(sum(u.cost_microusd) AS BIGINT), 0)`
	// The join reads the days of one team after another, which are next to each other in the index, and never the whole table.
	usageOfDays = ` FROM tenants t JOIN usage_days u ON u.tenant_id = t.id AND u.day >= $1 AND u.day <= $2 WHERE ($3 = '' OR t.id = $3)`
	usageTop    = ` ORDER BY sum(u.cost_microusd) DESC, sum(u.calls) DESC, 1 LIMIT $4`
)

var usageBy = map[usage.Group]dbkernel.CrossTenantStmt{
	usage.ByTeam:  area.CrossTenant(dbkernel.ReasonFigures, `SELECT t.slug, min(t.name), `+usageSums+usageOfDays+` GROUP BY t.slug`+usageTop),
	usage.ByModel: area.CrossTenant(dbkernel.ReasonFigures, `SELECT u.model, u.model, `+usageSums+usageOfDays+` GROUP BY u.model`+usageTop),
	usage.ByDay:   area.CrossTenant(dbkernel.ReasonFigures, `SELECT u.day, u.day, `+usageSums+usageOfDays+` GROUP BY u.day ORDER BY u.day DESC LIMIT $4`),
	usage.ByPerson: area.CrossTenant(dbkernel.ReasonFigures, `SELECT u.user_id, coalesce(min(p.name), ''), `+usageSums+` FROM tenants t
		JOIN usage_user_days u ON u.tenant_id = t.id AND u.day >= $1 AND u.day <= $2 LEFT JOIN users p ON p.id = u.user_id
		WHERE ($3 = '' OR t.id = $3) GROUP BY u.user_id`+usageTop),
}

var (
	qUsageAll   = area.CrossTenant(dbkernel.ReasonFigures, `SELECT '', '', `+usageSums+usageOfDays)
	qUsageLines = area.CrossTenant(dbkernel.ReasonFigures, `SELECT u.day, t.slug, coalesce(p.name, ''), coalesce(p.email, ''), u.model, u.calls, u.tokens_input, u.tokens_output,
		u.tokens_reasoning, u.tokens_cache_read, u.tokens_cache_write_short, u.tokens_cache_write_long, u.cost_microusd
		FROM tenants t JOIN usage_user_days u ON u.tenant_id = t.id AND u.day = $1 LEFT JOIN users p ON p.id = u.user_id
		WHERE ($2 = '' OR t.id = $2) ORDER BY t.slug, u.user_id, u.model`)
)

// UsageBy sums the usage of a range by a group, the highest cost or the newest day first, in at most limit rows. all is the sum of the
// whole range.
func (s System) UsageBy(ctx context.Context, g usage.Group, r usage.Range, limit int) (rows []usage.Row, all usage.Row, err error) {
	from, to := usage.Date(r.From), usage.Date(r.To)
	if rows, err = dbkernel.Collect(scanUsage)(s.System.Query(ctx, usageBy[g], from, to, r.Team, limit)); err != nil {
		return nil, all, dbkernel.Wrap("sum usage", err)
	}
	all, err = dbkernel.First("usage", scanUsage)(s.System.Query(ctx, qUsageAll, from, to, r.Team))
	return rows, all, err
}

// UsageOf reads the usage of one UTC day, with a line for each team, person and model.
func (s System) UsageOf(ctx context.Context, day time.Time, r usage.Range) ([]usage.Line, error) {
	ls, err := dbkernel.Collect(func(r dbkernel.Scanner) (l usage.Line, err error) {
		err = r.Scan(append(append([]any{&l.Date, &l.Team, &l.Person, &l.Email, &l.Model, &l.Calls}, dbmodels.CountsDest(&l.Counts)...), &l.Cost)...)
		return l, err
	})(s.System.Query(ctx, qUsageLines, usage.Date(day), r.Team))
	return ls, dbkernel.Wrap("read usage", err)
}

func scanUsage(r dbkernel.Scanner) (v usage.Row, err error) {
	err = r.Scan(append(append([]any{&v.Key, &v.Name, &v.Calls}, dbmodels.CountsDest(&v.Counts)...), &v.Cost)...)
	return v, err
}
