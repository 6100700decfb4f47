package work

import (
	"context"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

const agentCounts = `steps, tokens_input, tokens_output, tokens_reasoning, tokens_cache_read, tokens_cache_write, cost_microusd`

var (
	qAgentUsage = area.Scoped(`SELECT ` + agentCounts + ` FROM agent_usage WHERE tenant_id = $1 AND session_id = $2`)
	qAgentDays  = area.Scoped(`SELECT coalesce(CAST(sum(steps) AS BIGINT), 0), coalesce(CAST(sum(tokens_input) AS BIGINT), 0), coalesce(CAST(sum(tokens_output) AS BIGINT), 0),
		coalesce(CAST(sum(tokens_reasoning) AS BIGINT), 0), coalesce(CAST(sum(tokens_cache_read) AS BIGINT), 0), coalesce(CAST(sum(tokens_cache_write) AS BIGINT), 0),
		coalesce(CAST(sum(cost_microusd) AS BIGINT), 0) FROM agent_usage_days WHERE tenant_id = $1 AND day >= $2 AND day <= $3`)
	qAddAgentUsage = area.Scoped(`INSERT INTO main.agent_usage (tenant_id, session_id, ` + agentCounts + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (tenant_id, session_id) DO UPDATE SET ` + addExcluded("agent_usage"))
	qAddAgentDay = area.Scoped(`INSERT INTO main.agent_usage_days (tenant_id, day, ` + agentCounts + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (tenant_id, day) DO UPDATE SET ` + addExcluded("agent_usage_days"))
)

// addExcluded is the SET list that adds the inserted counts to those of a row.
func addExcluded(table string) string {
	var sets []string
	for column := range strings.SplitSeq(agentCounts, ", ") {
		sets = append(sets, column+" = "+table+"."+column+" + excluded."+column)
	}
	return strings.Join(sets, ", ")
}

// addAgentUsage adds the usage that an agent reports to its session and its day, once for each stored event.
func (s Scope) addAgentUsage(ctx context.Context, id session.ID, evs []event.Event) error {
	for _, e := range evs {
		if e.Type != event.AgentUsage {
			continue
		}
		u := event.Decode[event.Usage](e)
		c := usage.Counts{Input: u.Input, Output: u.Output, Reasoning: u.Reasoning, CacheRead: u.CacheRead, CacheWriteShort: u.CacheWrite}.Clean()
		args := []any{1, c.Input, c.Output, c.Reasoning, c.CacheRead, c.CacheWriteShort, min(max(u.CostMicro, 0), usage.MostCost)}
		if _, err := s.Scope.Exec(ctx, qAddAgentUsage, append([]any{id}, args...)...); err != nil {
			return dbkernel.Wrap("add to the agent's usage", err)
		}
		if _, err := s.Scope.Exec(ctx, qAddAgentDay, append([]any{usage.Date(e.At)}, args...)...); err != nil {
			return dbkernel.Wrap("add to the agent's day", err)
		}
	}
	return nil
}

// AgentUsage reads the usage of a session as the agent reported it; it is zero if the agent reported none.
func (s Scope) AgentUsage(ctx context.Context, id session.ID) (usage.Agent, error) {
	a, _, err := dbkernel.Maybe(scanAgentUsage)(s.Scope.Query(ctx, qAgentUsage, id))
	return a, dbkernel.Wrap("read the agent's usage", err)
}

// AgentUsageDays sums the usage that the team's agents reported between two UTC days, both included.
func (s Scope) AgentUsageDays(ctx context.Context, fromDay, toDay string) (usage.Agent, error) {
	return dbkernel.First("usage", scanAgentUsage)(s.Scope.Query(ctx, qAgentDays, fromDay, toDay))
}

func scanAgentUsage(r dbkernel.Scanner) (a usage.Agent, err error) {
	c := &a.Counts
	err = r.Scan(&a.Steps, &c.Input, &c.Output, &c.Reasoning, &c.CacheRead, &c.CacheWriteShort, &a.Cost)
	return a, err
}
