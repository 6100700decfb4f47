package quota

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// The names of the monthly limits in the API and the commands.
const (
	TokensPerMonth = "max_tokens_per_month"
	CostPerMonth   = "max_cost_microusd_per_month"
)

// Refuse returns a fault for an operation that needs an amount. It names the limit, its value, the used and reserved amounts,
// when it resets and who can change it; what starts the message, such as "Not started".
func (b Budget) Refuse(what string, need Amount) *fault.Error {
	l, words := b.exceeded(need)
	return &fault.Error{Kind: fault.Exhausted, Limit: l, Message: what + ": " + words}
}

// Words says how much of the most exhausted limit is used, when it resets and who can change it. It continues a sentence after
// a colon.
func (b Budget) Words() string {
	_, words := b.exceeded(Amount{})
	return words
}

// exceeded returns the limit that an amount exceeds, with the text about it.
func (b Budget) exceeded(need Amount) (*fault.Limit, string) {
	total := b.Used.Plus(b.Held)
	tokens := b.Max.Cost == nil || b.Max.Tokens != nil && total.Tokens+max(need.Tokens, 1) > *b.Max.Tokens
	l := &fault.Limit{Name: CostPerMonth, Used: total.Cost, Held: b.Held.Cost, FreesAt: b.Month.Ends(), WhoCan: "admin"}
	limit, write, unit := b.Max.Cost, Money, ""
	if tokens {
		l.Name, l.Used, l.Held, limit = TokensPerMonth, total.Tokens, b.Held.Tokens, b.Max.Tokens
		write, unit = Count, " tokens"
	}
	if limit != nil {
		l.Value = *limit
	}
	if l.Value == 0 { // it will be 0 next month, too
		l.FreesAt = time.Time{}
		return l, "the team's limit is " + write(0) + unit + " per month. It does not reset. An admin can raise the limit."
	}
	return l, usageOf(write, unit, l) + " The limit resets on " + Day(l.FreesAt) + ". An admin can raise the limit."
}

// usageOf says how much of a monthly limit is used, with a full stop.
func usageOf(write func(int64) string, unit string, l *fault.Limit) string {
	words := "the team has used "
	if l.Held > 0 {
		words += "or reserved "
	}
	words += write(l.Used) + " of " + write(l.Value) + unit + " this month"
	if l.Used > l.Value {
		words += ", " + write(l.Used-l.Value) + unit + " over the limit"
	}
	return words + "."
}

// RefuseOwn returns a fault for a call that exceeds the remainder of the session's own limits.
func RefuseOwn(own Limits, used, held Amount, need Amount) *fault.Error {
	left := own.Less(used.Plus(held))
	l, most, write, unit := fault.Limit{Name: "max_cost_microusd", Used: used.Cost + held.Cost, Held: held.Cost}, need.Cost, Money, ""
	if left.Tokens != nil && need.Tokens > *left.Tokens {
		l, most, write, unit = fault.Limit{Name: "max_tokens", Value: *own.Tokens, Used: used.Tokens + held.Tokens, Held: held.Tokens}, need.Tokens, Count, " tokens"
	} else {
		l.Value = *own.Cost
	}
	l.WhoCan = "the session's creator or a lead"
	verb := "used "
	if l.Held > 0 {
		verb = "used or reserved "
	}
	return &fault.Error{Kind: fault.Exhausted, Limit: &l, Message: "Model call rejected: the session has " + verb + write(l.Used) + " of its own limit of " +
		write(l.Value) + unit + ", and this call can take up to " + write(most) + unit + ". The limit does not reset. The session's creator or a lead can start another session with a higher limit."}
}
