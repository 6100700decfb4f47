package budget

import (
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Costs is the page of cost reconciliation.
type Costs struct {
	// Base is the team's URL: /t/acme.
	Base string
	usage.Truth
}

// figures returns a row of three columns for each figure.
func (c Costs) figures() (rows [][4]string) {
	rows = append(rows, [4]string{"Calls, agent steps", ui.Count(c.Ours.Calls), ui.Count(c.Agent.Steps), ui.Count(c.Ours.Calls - c.Unpriced)})
	ours, theirs := ui.Buckets(c.Ours.Counts), ui.Buckets(c.Agent.Counts)
	for i, b := range ours {
		rows = append(rows, [4]string{b.Name, ui.Count(b.N), ui.Count(theirs[i].N), ui.Count(b.N)})
	}
	return append(rows, [4]string{"Cost", ui.Money(c.Ours.Cost), ui.Money(c.Agent.Cost), ui.Money(c.Table)})
}

// why explains the differences, each with its figure; it is empty if there are none.
func (c Costs) why() (out [][2]string) {
	explain := func(differs bool, what, why string) {
		if differs {
			out = append(out, [2]string{what, why})
		}
	}
	explain(c.Ours.Calls != c.Agent.Steps, ui.Count(c.Ours.Calls)+" calls, "+ui.Count(c.Agent.Steps)+" steps",
		"Agents report a step when it is complete. Titles, failed or interrupted calls, and calls outside of sessions are charged but are not steps. Older agent versions reported no figures.")
	explain(c.Agent.Cost != c.Ours.Cost, ui.Money(c.Ours.Cost-c.Agent.Cost)+" difference between the charges and the agents' figures",
		"In addition, an agent uses the prices from the start of its turn and rounds each step separately.")
	explain(c.Table != c.Ours.Cost, ui.Money(c.Ours.Cost-c.Table)+" difference between the charges and the price table",
		"Each call is charged at the price valid at that time and rounded separately. The price table column multiplies each day's total by the price at the end of the day. The difference comes from rounding and from price changes during a day.")
	explain(c.Unpriced > 0, ui.Plural(c.Unpriced, "call")+" without a price", "The model had no price on that day.")
	explain(c.Estimated > 0, ui.Plural(c.Estimated, "call")+" estimated", "The provider sent no figures, or the client disconnected first. These calls are charged as one token per four bytes, and more if the end of the response is missing.")
	explain(c.Doubtful > 0, ui.Plural(c.Doubtful, "call")+" unverified", "The provider's figures differ widely from our estimate of "+ui.Count(c.Guess.Input)+" input and "+
		ui.Count(c.Guess.Output)+" output tokens. The calls are charged as the provider reports; images make the estimate too high.")
	return out
}

// table is the cost of a model by the price table.
func table(m usage.Charged) string {
	if !m.Priced {
		return ui.Dash
	}
	return ui.Money(m.Table)
}
