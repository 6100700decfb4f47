package agents

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
)

var (
	// A page of agents by name. The capability is compared with the text of the list, in which it stands in quotation marks.
	qAgents = area.Scoped(agentColumns + agentFrom + ` AND ($2 = '' OR a.name_key LIKE $3 ESCAPE '!') AND ($4 = '' OR a.agent_type = $4) AND ($5 = '' OR a.capabilities LIKE $6 ESCAPE '!')
		AND ($7 = '' OR a.status = $7) AND ($8 = '' OR a.name_key > $8) ORDER BY a.name_key LIMIT $9`)
	qAgentDays = area.Scoped(`SELECT agent_id, day, ends, success FROM agent_days WHERE tenant_id = $1 AND day >= $2 AND agent_id IN (` + dbkernel.Placeholders(3, agent.MaxPage) + `) ORDER BY day`)
	qTotals    = area.Scoped(`SELECT count(*), coalesce(sum(taken_places), 0), coalesce(sum(max_places), 0), coalesce(sum(CASE WHEN status = 'active' AND (maintenance_until IS NULL OR maintenance_until <= $2)
		AND circuit_at IS NULL AND taken_places < max_places THEN 1 ELSE 0 END), 0), coalesce(sum(recent_ends), 0), coalesce(sum(recent_success), 0)
		FROM agents WHERE tenant_id = $1 AND deleted_at IS NULL`)
)

// Agents reads a page of the team's agents by name, at most f.Limit.
func (s Scope) Agents(ctx context.Context, f agent.Filter) ([]agent.Agent, error) {
	return dbkernel.Collect(scanAgent)(s.Scope.Query(ctx, qAgents, f.Query, dbkernel.LikePattern(nameKey(f.Query)), f.Type, f.Capability,
		dbkernel.LikePattern(`"`+string(f.Capability)+`"`), f.Status, nameKey(f.After), f.Limit))
}

// AgentDays reads the sums per day since a day, of at most agent.MaxPage agents.
func (s Scope) AgentDays(ctx context.Context, ids []agent.ID, since time.Time) (map[agent.ID][]agent.Day, error) {
	type row struct {
		id  agent.ID
		day agent.Day
	}
	rows, err := dbkernel.Collect(func(r dbkernel.Scanner) (v row, err error) {
		err = r.Scan(&v.id, &v.day.Date, &v.day.Ends, &v.day.Success)
		return v, err
	})(s.Scope.Query(ctx, qAgentDays, append([]any{since.UTC().Format(time.DateOnly)}, dbkernel.Padded(ids, agent.MaxPage)...)...))
	days := map[agent.ID][]agent.Day{}
	for _, r := range rows {
		days[r.id] = append(days[r.id], r.day)
	}
	return days, dbkernel.Wrap("read days of agents", err)
}

// AgentTotals reads the figures of all agents of the team together.
func (s Scope) AgentTotals(ctx context.Context, now time.Time) (agent.Totals, error) {
	return dbkernel.First("team", func(r dbkernel.Scanner) (t agent.Totals, err error) {
		err = r.Scan(&t.Agents, &t.Taken, &t.Places, &t.Routable, &t.Ends, &t.Success)
		return t, err
	})(s.Scope.Query(ctx, qTotals, dbkernel.Millis(now)))
}
