package quota

import (
	"github.com/industrial-orchestrator/orchestrator/internal/fault"
)

// The names of the limits, as the API and the commands call them.
const (
	TokensPerMonth = "max_tokens_per_month"
	CostPerMonth   = "max_cost_microusd_per_month"
)

// Refuse says why something that needs an amount is not done: which limit, its value, what is used and held, when it frees
// and who can change it. what begins the sentence, such as "Not started".
func (b Budget) Refuse(what string, need Amount) *fault.Error {
	l, words := b.short(need)
	return &fault.Error{Kind: fault.Exhausted, Limit: l, Message: what + ": " + words}
}

// Words say in whole sentences how much of the limit that is nearest is taken, when it frees and who can change it.
func (b Budget) Words() string {
	_, words := b.short(Amount{})
	return words
}

// short is the limit that an amount does not fit into, with the words for it.
func (b Budget) short(need Amount) (*fault.Limit, string) {
	taken := b.Used.Plus(b.Held)
	tokens := b.Max.Cost == nil || b.Max.Tokens != nil && taken.Tokens+max(need.Tokens, 1) > *b.Max.Tokens
	l := &fault.Limit{Name: CostPerMonth, Used: taken.Cost, FreesAt: b.Month.Ends(), WhoCan: "admin"}
	limit, write := b.Max.Cost, Money
	if tokens {
		l.Name, l.Used, limit = TokensPerMonth, taken.Tokens, b.Max.Tokens
		write = func(n int64) string { return Count(n) + " tokens" }
	}
	if limit != nil {
		l.Value = *limit
	}
	return l, b.state(tokens, write, l) + " " + b.frees() + " An admin can raise it."
}

// state is how much of a limit is taken, as a clause with its full stop.
func (b Budget) state(tokens bool, write func(int64) string, l *fault.Limit) string {
	held := b.Held.Cost
	if tokens {
		held = b.Held.Tokens
	}
	of := Count(l.Used) + " of " + write(l.Value)
	if !tokens {
		of = Money(l.Used) + " of " + write(l.Value)
	}
	switch {
	case l.Value == 0:
		return "this team may use " + write(0) + "."
	case held > 0:
		return of + " of this month are used or held by calls under way."
	}
	return of + " of this month are used."
}

func (b Budget) frees() string { return "The limit frees on " + Day(b.Month.Ends()) + "." }
