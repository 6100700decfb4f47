package quota

import (
	"math/big"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// bytesPerToken is how few bytes of a prompt make a token at the least.
const bytesPerToken = 2

// leastOutput is how short an answer may be made to fit: a shorter one would end a turn in the middle of a word, where a
// refusal pauses it.
const leastOutput = 256

// Bound is the most that a call can use: no cache helps, and the answer is as long as it may be.
type Bound struct {
	Input, Output int64
	Price         usage.Price
}

// BoundOf is a call's upper bound: half a token a byte of its prompt, never below the input that was last reported of the
// same conversation, and the most output.
func BoundOf(promptBytes, lastInput, maxOutput int64, p usage.Price) Bound {
	prompt := max(promptBytes, 0)
	input := max(prompt/bytesPerToken+prompt%bytesPerToken, lastInput)
	return Bound{Input: min(input, usage.MostTokens), Output: min(max(maxOutput, 0), usage.MostTokens), Price: p}
}

// Amount is the bound as a budget counts it.
func (b Bound) Amount() Amount {
	cost := b.dearest().Cost(usage.Counts{Input: b.Input, Output: b.Output})
	return Amount{b.Input + b.Output, min(cost, MaxLimit)}
}

// dearest prices all input as its dearest kind: which kind it will be is the provider's to say.
func (b Bound) dearest() usage.Price {
	return usage.Price{Input: max(b.Price.Input, b.Price.CacheRead, b.Price.CacheWrite), Output: b.Price.Output}
}

// Least is the bound with the shortest answer worth asking for.
func (b Bound) Least() Bound {
	b.Output = min(b.Output, leastOutput)
	return b
}

// Fit shortens the answer until the call fits into what is left; false when not even the least does.
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

// affordable is how many tokens of output an amount of money pays after the input, whose rounding is Cost's.
func (b Bound) affordable(cost int64) int64 {
	p := b.dearest()
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

// Charge is what a call that ended takes from the budget.
func Charge(c usage.Counts, cost int64) Amount {
	return Amount{c.Clean().Weighted(), min(max(cost, 0), MaxLimit)}
}
