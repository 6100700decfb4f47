package quota

import (
	"math/big"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// bytesPerToken is the smallest number of prompt bytes per token.
const bytesPerToken = 2

// leastOutput is the lowest output limit that Fit sets. A shorter response would end the turn in the middle of a word, while a
// refusal pauses it.
const leastOutput = 256

// Bound is the upper bound of a call: nothing is cached, and the response is as long as allowed.
type Bound struct {
	Input, Output int64
	Price         usage.Price
}

// BoundOf returns a call's upper bound: half a token per byte of the prompt, but at least the last reported input of the same
// conversation, plus the output limit.
func BoundOf(promptBytes, lastInput, maxOutput int64, p usage.Price) Bound {
	prompt := max(promptBytes, 0)
	input := max(prompt/bytesPerToken+prompt%bytesPerToken, lastInput)
	return Bound{Input: min(input, usage.MostTokens), Output: min(max(maxOutput, 0), usage.MostTokens), Price: p}
}

// Amount is the bound in the units of a budget.
func (b Bound) Amount() Amount {
	cost := b.highestPrice().Cost(usage.Counts{Input: b.Input, Output: b.Output})
	return Amount{b.Input + b.Output, min(cost, MaxLimit)}
}

// highestPrice prices all input as its most expensive kind, because only the provider knows the kind.
func (b Bound) highestPrice() usage.Price {
	return usage.Price{Input: max(b.Price.Input, b.Price.CacheRead, b.Price.CacheWrite), Output: b.Price.Output}
}

// Least is the bound with the lowest useful output limit.
func (b Bound) Least() Bound {
	b.Output = min(b.Output, leastOutput)
	return b
}

// Fit lowers the output limit until the call fits into the remaining budget. It returns false if not even Least fits.
func (b Bound) Fit(left Limits) (Bound, bool) {
	if left.Hold(b.Amount()) {
		return b, true
	}
	if !left.Hold(b.Least().Amount()) {
		return b, false
	}
	if left.Tokens != nil {
		b.Output = min(b.Output, *left.Tokens-b.Input)
	}
	if left.Cost != nil {
		b.Output = min(b.Output, b.affordable(*left.Cost))
	}
	return b, true
}

// affordable is the number of output tokens that cost pays for after the input, rounded like Cost.
func (b Bound) affordable(cost int64) int64 {
	p := b.highestPrice()
	if p.Output <= 0 {
		return b.Output
	}
	money := new(big.Int).Mul(big.NewInt(cost), big.NewInt(1_000_000))
	money.Add(money, big.NewInt(499_999))
	money.Sub(money, new(big.Int).Mul(big.NewInt(b.Input), big.NewInt(p.Input)))
	if money.Div(money, big.NewInt(p.Output)); !money.IsInt64() {
		return b.Output
	}
	return max(0, money.Int64())
}

// Charge is the amount that a finished call uses of the budget.
func Charge(c usage.Counts, cost int64) Amount {
	return Amount{c.Clean().Weighted(), min(max(cost, 0), MaxLimit)}
}
