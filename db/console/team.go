package console

import (
	"context"
	"slices"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
)

const (
	teamFrom = ` FROM tenants t JOIN lanes l ON l.tenant_id = t.id LEFT JOIN budgets b ON b.tenant_id = t.id AND b.month = $1
		LEFT JOIN storage st ON st.tenant_id = t.id`
	teamFigures = dbpeople.TenantColumns + `, t.deleted_at, (SELECT count(*) FROM memberships m WHERE m.tenant_id = t.id), l.running, l.ready,
		l.max_tokens_per_month, l.max_cost_microusd_per_month, coalesce(b.used_tokens, 0), coalesce(b.used_cost, 0),
		coalesce(b.held_tokens, 0), coalesce(b.held_cost, 0), b.noticed_at, l.refuse_when_full,
		l.max_storage_bytes, coalesce(st.clones, 0), coalesce(st.trees, 0), coalesce(st.homes, 0), coalesce(st.calls, 0), st.measured_at`
	stored = `(st.clones + st.trees + st.homes + st.calls)`
	// isHigh is true if 80% of a limit are in use, as in quota.Team.High.
	isHigh = `(l.running > 0 AND l.running * 5 >= l.max_concurrent_sessions * 4 OR b.used_tokens > 0 AND b.used_tokens >= l.max_tokens_per_month / 5 * 4
		OR b.used_cost > 0 AND b.used_cost >= l.max_cost_microusd_per_month / 5 * 4
		OR ` + stored + ` > 0 AND ` + stored + ` >= l.max_storage_bytes / 5 * 4)`
)

var (
	qTeams      = area.CrossTenant(dbkernel.ReasonOperator, `SELECT `+teamFigures+teamFrom+` WHERE t.purged_at IS NULL`)
	qTeamCounts = area.CrossTenant(dbkernel.ReasonOperator, `SELECT `+countOf(`t.deleted_at IS NULL`)+`, `+countOf(`t.deleted_at IS NULL AND t.is_active = 1`)+`, `+
		countOf(`t.deleted_at IS NULL AND t.is_active = 0`)+`, `+countOf(`t.deleted_at IS NULL AND `+isHigh)+`, `+countOf(`t.deleted_at IS NOT NULL`)+`,
		CAST(coalesce(sum(l.running), 0) AS BIGINT), CAST(coalesce(sum(l.ready), 0) AS BIGINT),
		CAST(coalesce(sum(CASE WHEN t.is_active = 1 THEN l.max_concurrent_sessions ELSE 0 END), 0) AS BIGINT), `+countOf(`l.running > 0`)+`,
		(SELECT count(*) FROM users)`+teamFrom+` WHERE t.purged_at IS NULL`)

	pTeamLive     = area.Clause(`AND t.deleted_at IS NULL`)
	pTeamDeleted  = area.Clause(`AND t.deleted_at IS NOT NULL`)
	pTeamActive   = area.Clause(`AND t.is_active = 1`)
	pTeamInactive = area.Clause(`AND t.is_active = 0`)
	pTeamHigh     = area.Clause(`AND ` + isHigh)
	pTeamIs       = area.Clause(`AND t.id = ?`)
	pTeamNamed    = area.Clause(`AND (lower(t.name) LIKE ? ESCAPE '!' OR t.slug LIKE ? ESCAPE '!')`)
	pTeamAfter    = area.Clause(`AND (t.name, t.id) > (SELECT x.name, x.id FROM tenants x WHERE x.id = ?)`)
	pTeamBefore   = area.Clause(`AND (t.name, t.id) < (SELECT x.name, x.id FROM tenants x WHERE x.id = ?)`)
	pTeamsByName  = area.Clause(`ORDER BY t.name, t.id LIMIT ?`)
	pTeamsBack    = area.Clause(`ORDER BY t.name DESC, t.id DESC LIMIT ?`)
)

func countOf(condition string) string {
	return `CAST(coalesce(sum(CASE WHEN ` + condition + ` THEN 1 ELSE 0 END), 0) AS BIGINT)`
}

// ConsoleTeams reads a page of teams by name with their figures, in one statement, and reports whether more follow.
func (s System) ConsoleTeams(ctx context.Context, f quota.TeamFilter) (items []quota.Team, more bool, err error) {
	q := teamFilter(qTeams.With(), f)
	items, err = dbkernel.Collect(scanTeam(f.Month))(s.System.Find(ctx, q, f.Month))
	if more = len(items) > f.Limit; more {
		items = items[:f.Limit]
	}
	if f.Before != "" {
		slices.Reverse(items)
	}
	return items, more, dbkernel.Wrap("list teams", err)
}

// ConsoleTeam reads one team with its figures by its slug, deleted or not.
func (s System) ConsoleTeam(ctx context.Context, slug string, m quota.Month) (quota.Team, error) {
	t, err := dbpeople.Across(s.System).AnyTenantBySlug(ctx, slug)
	if err != nil {
		return quota.Team{}, err
	}
	q := qTeams.With().And(pTeamIs, t.ID)
	return dbkernel.First("team", scanTeam(m))(s.System.Find(ctx, q, m))
}

func teamFilter(q *dbkernel.Filter, f quota.TeamFilter) *dbkernel.Filter {
	if f.State == quota.DeletedTeams {
		q.And(pTeamDeleted)
	} else {
		q.And(pTeamLive)
	}
	if p, is := map[quota.TeamState]dbkernel.Clause{quota.ActiveTeams: pTeamActive, quota.InactiveTeams: pTeamInactive, quota.HighTeams: pTeamHigh}[f.State]; is {
		q.And(p)
	}
	if f.Query != "" {
		like := dbkernel.LikePattern(f.Query)
		q.And(pTeamNamed, like, like)
	}
	switch {
	case f.After != "":
		q.And(pTeamAfter, f.After)
	case f.Before != "":
		return q.And(pTeamBefore, f.Before).And(pTeamsBack, f.Limit+1)
	}
	return q.And(pTeamsByName, f.Limit+1)
}

// TeamCounts sums the figures of all teams.
func (s System) TeamCounts(ctx context.Context, m quota.Month) (quota.TeamCounts, error) {
	return dbkernel.First("team", func(r dbkernel.Scanner) (c quota.TeamCounts, err error) {
		err = r.Scan(&c.All, &c.Active, &c.Inactive, &c.High, &c.Deleted, &c.Running, &c.Ready, &c.Slots, &c.Busy, &c.People)
		return c, err
	})(s.System.Query(ctx, qTeamCounts, m))
}
