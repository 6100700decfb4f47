package db

import (
	"context"
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
)

const (
	teamFrom = ` FROM tenants t JOIN lanes l ON l.tenant_id = t.id LEFT JOIN budgets b ON b.tenant_id = t.id AND b.month = $1
		LEFT JOIN storage st ON st.tenant_id = t.id`
	teamFigures = tenantColumns + `, t.deleted_at, (SELECT count(*) FROM memberships m WHERE m.tenant_id = t.id), l.running, l.ready,
		l.max_tokens_per_month, l.max_cost_microusd_per_month, coalesce(b.used_tokens, 0), coalesce(b.used_cost, 0),
		coalesce(b.held_tokens, 0), coalesce(b.held_cost, 0), b.noticed_at, l.refuse_when_full,
		l.max_storage_bytes, coalesce(st.clones, 0), coalesce(st.trees, 0), coalesce(st.homes, 0), coalesce(st.calls, 0), st.measured_at`
	stored = `(st.clones + st.trees + st.homes + st.calls)`
	// isHigh says that four fifths of a limit are in use; quota.Team.High says the same.
	isHigh = `(l.running > 0 AND l.running * 5 >= l.max_concurrent_sessions * 4 OR b.used_tokens > 0 AND b.used_tokens >= l.max_tokens_per_month / 5 * 4
		OR b.used_cost > 0 AND b.used_cost >= l.max_cost_microusd_per_month / 5 * 4
		OR ` + stored + ` > 0 AND ` + stored + ` >= l.max_storage_bytes / 5 * 4)`
)

var (
	qTeams      = across(operator, `SELECT `+teamFigures+teamFrom+` WHERE t.purged_at IS NULL`)
	qTeamCounts = across(operator, `SELECT `+countOf(`t.deleted_at IS NULL`)+`, `+countOf(`t.deleted_at IS NULL AND t.is_active = 1`)+`, `+
		countOf(`t.deleted_at IS NULL AND t.is_active = 0`)+`, `+countOf(`t.deleted_at IS NULL AND `+isHigh)+`, `+countOf(`t.deleted_at IS NOT NULL`)+`,
		CAST(coalesce(sum(l.running), 0) AS BIGINT), CAST(coalesce(sum(l.ready), 0) AS BIGINT),
		CAST(coalesce(sum(CASE WHEN t.is_active = 1 THEN l.max_concurrent_sessions ELSE 0 END), 0) AS BIGINT), `+countOf(`l.running > 0`)+`,
		(SELECT count(*) FROM users)`+teamFrom+` WHERE t.purged_at IS NULL`)

	pTeamLive     = piece(`AND t.deleted_at IS NULL`)
	pTeamDeleted  = piece(`AND t.deleted_at IS NOT NULL`)
	pTeamActive   = piece(`AND t.is_active = 1`)
	pTeamInactive = piece(`AND t.is_active = 0`)
	pTeamHigh     = piece(`AND ` + isHigh)
	pTeamIs       = piece(`AND t.id = ?`)
	pTeamNamed    = piece(`AND (lower(t.name) LIKE ? ESCAPE '!' OR t.slug LIKE ? ESCAPE '!')`)
	pTeamAfter    = piece(`AND (t.name, t.id) > (SELECT x.name, x.id FROM tenants x WHERE x.id = ?)`)
	pTeamBefore   = piece(`AND (t.name, t.id) < (SELECT x.name, x.id FROM tenants x WHERE x.id = ?)`)
	pTeamsByName  = piece(`ORDER BY t.name, t.id LIMIT ?`)
	pTeamsBack    = piece(`ORDER BY t.name DESC, t.id DESC LIMIT ?`)
)

func countOf(condition string) string {
	return `CAST(coalesce(sum(CASE WHEN ` + condition + ` THEN 1 ELSE 0 END), 0) AS BIGINT)`
}

// ConsoleTeams reads a page of teams by name with their figures, in one statement, and says whether there are more beyond it.
func (s *System) ConsoleTeams(ctx context.Context, f quota.TeamFilter) (items []quota.Team, more bool, err error) {
	q := teamFilter(qTeams.with(), f)
	items, err = collect(scanTeam(f.Month))(s.find(ctx, q, f.Month))
	if more = len(items) > f.Limit; more {
		items = items[:f.Limit]
	}
	if f.Before != "" {
		slices.Reverse(items)
	}
	return items, more, wrap("list teams", err)
}

// ConsoleTeam reads one team with its figures, deleted or not.
func (s *System) ConsoleTeam(ctx context.Context, slug string, m quota.Month) (quota.Team, error) {
	t, err := s.AnyTenantBySlug(ctx, slug)
	if err != nil {
		return quota.Team{}, err
	}
	q := qTeams.with().and(pTeamIs, t.ID)
	return first("team", scanTeam(m))(s.find(ctx, q, m))
}

func teamFilter(q *filter, f quota.TeamFilter) *filter {
	if f.State == quota.DeletedTeams {
		q.and(pTeamDeleted)
	} else {
		q.and(pTeamLive)
	}
	if p, is := map[quota.TeamState]part{quota.ActiveTeams: pTeamActive, quota.InactiveTeams: pTeamInactive, quota.HighTeams: pTeamHigh}[f.State]; is {
		q.and(p)
	}
	if f.Query != "" {
		like := likeOf(f.Query)
		q.and(pTeamNamed, like, like)
	}
	switch {
	case f.After != "":
		q.and(pTeamAfter, f.After)
	case f.Before != "":
		return q.and(pTeamBefore, f.Before).and(pTeamsBack, f.Limit+1)
	}
	return q.and(pTeamsByName, f.Limit+1)
}

// likeOf is a pattern that finds text anywhere, whatever stands in it.
func likeOf(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(strings.ToLower(text)) + "%"
}

// TeamCounts adds up the figures of all teams.
func (s *System) TeamCounts(ctx context.Context, m quota.Month) (quota.TeamCounts, error) {
	return first("team", func(r scanner) (c quota.TeamCounts, err error) {
		err = r.Scan(&c.All, &c.Active, &c.Inactive, &c.High, &c.Deleted, &c.Running, &c.Ready, &c.Slots, &c.Busy, &c.People)
		return c, err
	})(s.query(ctx, qTeamCounts, m))
}
