// Package usage is the arithmetic of model tokens and money: six counts, prices, cost. Integers only.
package usage

import (
	"math"
	"math/big"
)

// Counts are the tokens of one or more model calls. Input excludes cached tokens, Output excludes reasoning.
type Counts struct {
	Input, Output, Reasoning, CacheRead, CacheWriteShort, CacheWriteLong int64
}

// Add sums two counts.
func (c Counts) Add(o Counts) Counts {
	return Counts{c.Input + o.Input, c.Output + o.Output, c.Reasoning + o.Reasoning, c.CacheRead + o.CacheRead,
		c.CacheWriteShort + o.CacheWriteShort, c.CacheWriteLong + o.CacheWriteLong}
}

// CacheWrite is both kinds of cache writes: the fifth of the five buckets people see.
func (c Counts) CacheWrite() int64 { return c.CacheWriteShort + c.CacheWriteLong }

// Total is every token, unweighted.
func (c Counts) Total() int64 { return c.Input + c.Output + c.Reasoning + c.CacheRead + c.CacheWrite() }

// Weighted is what a token budget counts: 1 each, a cache read a tenth (rounded up).
func (c Counts) Weighted() int64 {
	return c.Input + c.Output + c.Reasoning + c.CacheWrite() + (c.CacheRead+9)/10
}

// MostTokens is more of one kind than a call can have.
const MostTokens = 1_000_000_000

// MostCost is more than one call or step can cost, in micro-dollars.
const MostCost = 1_000_000_000_000_000

// Clean puts each count between zero and MostTokens: a provider's report is outside text, and sums must not wrap round.
func (c Counts) Clean() Counts {
	in := func(n int64) int64 { return min(max(n, 0), MostTokens) }
	return Counts{in(c.Input), in(c.Output), in(c.Reasoning), in(c.CacheRead), in(c.CacheWriteShort), in(c.CacheWriteLong)}
}

// Price is in micro-dollars per million tokens. Reasoning is priced as output, both cache writes as CacheWrite.
type Price struct {
	Input, Output, CacheRead, CacheWrite int64
}

// Cost is Σ count × price in micro-dollars, rounded half up once per call. It stops at the largest int64 rather than
// wrap: counts are outside figures.
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
