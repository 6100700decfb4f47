package views_test

import (
	"github.com/a-h/templ"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/views/budget"
)

// costPages is the truth of cost: with every reason to differ, and with none.
func costPages() map[string]templ.Component {
	counts := usage.Counts{Input: 1_200_000, Output: 90_000, Reasoning: 4_000, CacheRead: 8_100_000, CacheWriteShort: 40_000}
	row := usage.Row{Key: "anthropic/claude-sonnet-4.5", Name: "anthropic/claude-sonnet-4.5", Calls: 1204, Counts: counts, Cost: 9_410_000}
	t := usage.Truth{Ours: row, Agent: usage.Agent{Steps: 1180, Counts: counts, Cost: 9_300_000}, Table: 9_410_020, Unpriced: 2, Estimated: 3, Doubtful: 1,
		Guess: usage.Guess{Input: 40_000, Output: 900}, Models: []usage.Charged{{Row: row, Table: 9_410_020, Priced: true}, {Row: usage.Row{Name: "local/small", Calls: 2}}}}
	return map[string]templ.Component{
		"costs":       budget.CostsPage(frame("budget", "Cost reconciliation"), budget.Costs{Base: "/t/foundry", Truth: t}),
		"costs-empty": budget.CostsPage(frame("budget", "Cost reconciliation"), budget.Costs{Base: "/t/foundry"}),
	}
}
