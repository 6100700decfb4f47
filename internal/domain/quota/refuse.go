package quota

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
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
	l := &fault.Limit{Name: CostPerMonth, Used: taken.Cost, Held: b.Held.Cost, FreesAt: b.Month.Ends(), WhoCan: "admin"}
	limit, write, unit := b.Max.Cost, Money, ""
	if tokens {
		l.Name, l.Used, l.Held, limit = TokensPerMonth, taken.Tokens, b.Held.Tokens, b.Max.Tokens
		write, unit = Count, " tokens"
	}
	if limit != nil {
		l.Value = *limit
	}
	if l.Value == 0 { // so it is in the next month
		l.FreesAt = time.Time{}
		return l, "this team may use " + write(0) + unit + ". That does not free with the month. An admin can raise it."
	}
	return l, state(write, unit, l) + " The limit frees on " + Day(l.FreesAt) + ". An admin can raise it."
}

// state is how much of a limit is taken, as a clause with its full stop.
func state(write func(int64) string, unit string, l *fault.Limit) string {
	of := write(l.Used) + " of " + write(l.Value) + unit + " of this month are used"
	if l.Held > 0 {
		of += " or held by calls under way"
	}
	if l.Used > l.Value {
		of += ", over by " + write(l.Used-l.Value) + unit
	}
	return of + "."
}

// RefuseOwn says why a call does not fit into what is left of a session's own limits.
func RefuseOwn(most Limits, used, held Amount, need Amount) *fault.Error {
	left := most.Less(used.Plus(held))
	l, write, unit := fault.Limit{Name: "max_cost_microusd", Used: used.Cost + held.Cost, Held: held.Cost}, Money, ""
	if left.Tokens != nil && need.Tokens > *left.Tokens {
		l, write, unit = fault.Limit{Name: "max_tokens", Value: *most.Tokens, Used: used.Tokens + held.Tokens, Held: held.Tokens}, Count, " tokens"
	} else {
		l.Value = *most.Cost
	}
	l.WhoCan = "the session's creator or a lead"
	taken := " are used."
	if l.Held > 0 {
		taken = " are used or held by calls under way."
	}
	return &fault.Error{Kind: fault.Exhausted, Limit: &l, Message: "Not asked: what is left of this session's own limit is too little, " +
		write(l.Used) + " of " + write(l.Value) + unit + taken + " It does not free by itself; its creator or a lead can start another session with a higher limit."}
}
