// Package usage calculates model tokens and their cost, with integers only.
package usage

import (
	"math"
	"math/big"
)

// Counts are the tokens of one or more model calls. Input excludes cached tokens, Output excludes reasoning.
type Counts struct {
	Input, Output, Reasoning, CacheRead, CacheWriteShort, CacheWriteLong int64
}

// Add adds two counts.
func (c Counts) Add(o Counts) Counts {
	return Counts{c.Input + o.Input, c.Output + o.Output, c.Reasoning + o.Reasoning, c.CacheRead + o.CacheRead,
		c.CacheWriteShort + o.CacheWriteShort, c.CacheWriteLong + o.CacheWriteLong}
}

// CacheWrite is the sum of both kinds of cache writes, as people see it.
func (c Counts) CacheWrite() int64 { return c.CacheWriteShort + c.CacheWriteLong }

// Total is the number of all tokens, unweighted.
func (c Counts) Total() int64 { return c.Input + c.Output + c.Reasoning + c.CacheRead + c.CacheWrite() }

// Weighted is the number of tokens for budgets: 1 each, but a tenth for cache reads (rounded up).
func (c Counts) Weighted() int64 {
	return c.Input + c.Output + c.Reasoning + c.CacheWrite() + (c.CacheRead+9)/10
}

// MostTokens is above the number of tokens of one kind that any call can have.
const MostTokens = 1_000_000_000

// MostCost is above the cost of any call or step, in micro-dollars.
const MostCost = 1_000_000_000_000_000

// Clean limits each count to 0 … MostTokens, because a provider's report is untrusted and sums must not overflow.
func (c Counts) Clean() Counts {
	in := func(n int64) int64 { return min(max(n, 0), MostTokens) }
	return Counts{in(c.Input), in(c.Output), in(c.Reasoning), in(c.CacheRead), in(c.CacheWriteShort), in(c.CacheWriteLong)}
}

// Price is in micro-dollars per million tokens. Reasoning costs as much as output; both cache writes cost CacheWrite.
type Price struct {
	Input, Output, CacheRead, CacheWrite int64
}

// Cost is the sum of count × price in micro-dollars, rounded half up once per call. It is at most the largest int64, because
// counts are untrusted and must not overflow.
func (p Price) Cost(c Counts) int64 {
	sum := big.NewInt(500_000)
	for _, part := range [][2]int64{{c.Input, p.Input}, {c.Output, p.Output}, {c.Reasoning, p.Output}, {c.CacheRead, p.CacheRead},
		{c.CacheWriteShort, p.CacheWrite}, {c.CacheWriteLong, p.CacheWrite}} {
		sum.Add(sum, new(big.Int).Mul(big.NewInt(part[0]), big.NewInt(part[1])))
	}
	if sum.Div(sum, big.NewInt(1_000_000)); !sum.IsInt64() {
		return math.MaxInt64
	}
	return sum.Int64()
}
