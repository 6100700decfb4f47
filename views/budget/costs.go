package budget

import (
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Costs is what the page of the truth of cost shows.
type Costs struct {
	// Base is the team's address: /t/acme.
	Base string
	usage.Truth
}

// figures are the three columns, a row for each figure.
func (c Costs) figures() (rows [][4]string) {
	rows = append(rows, [4]string{"Calls, and steps of agents", ui.Count(c.Ours.Calls), ui.Count(c.Agent.Steps), ui.Count(c.Ours.Calls - c.Unpriced)})
	ours, theirs := ui.Buckets(c.Ours.Counts), ui.Buckets(c.Agent.Counts)
	for i, b := range ours {
		rows = append(rows, [4]string{b.Name, ui.Count(b.N), ui.Count(theirs[i].N), ui.Count(b.N)})
	}
	return append(rows, [4]string{"Cost", ui.Money(c.Ours.Cost), ui.Money(c.Agent.Cost), ui.Money(c.Table)})
}

// why explains the differences, each with its figure; empty where there is nothing to explain.
func (c Costs) why() (out [][2]string) {
	say := func(of bool, what, why string) {
		if of {
			out = append(out, [2]string{what, why})
		}
	}
	say(c.Ours.Calls != c.Agent.Steps, ui.Count(c.Ours.Calls)+" calls, "+ui.Count(c.Agent.Steps)+" steps",
		"Agents report a step when it is done. Titles, calls that failed or were cut, and calls of no session are charged and are no step; agents’ own figures begin with the version that keeps them.")
	say(c.Agent.Cost != c.Ours.Cost, ui.Money(c.Ours.Cost-c.Agent.Cost)+" between ours and the agents’",
		"Beside that, an agent prices with what it was told at its turn’s beginning, and rounds each step by itself.")
	say(c.Table != c.Ours.Cost, ui.Money(c.Ours.Cost-c.Table)+" between ours and the table",
		"A call is charged by the price of its moment and rounded by itself. The table prices each day’s sum by the price at the day’s end: a price that changed during a day, and rounding, make the difference.")
	say(c.Unpriced > 0, ui.Plural(c.Unpriced, "call")+" without a price", "No price was set for the model on that day.")
	say(c.Estimated > 0, ui.Plural(c.Estimated, "call")+" estimated", "The provider gave no figures, or nobody waited for them: they were charged by the rule of a token for four bytes, more where the end was not seen.")
	say(c.Doubtful > 0, "Doubtful: "+ui.Plural(c.Doubtful, "call"), "The provider’s figures are far from the tokenizer’s estimate, which is "+ui.Count(c.Guess.Input)+" tokens in and "+
		ui.Count(c.Guess.Output)+" out for them. They are charged as the provider reports; pictures make the estimate too high.")
	return out
}

// table is what the price table makes of a model.
func table(m usage.Charged) string {
	if !m.Priced {
		return ui.Dash
	}
	return ui.Money(m.Table)
}
